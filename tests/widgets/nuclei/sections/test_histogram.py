from __future__ import annotations

from napari_nuclei.widgets.nuclei.sections.histogram import HistogramSection


def test_the_ends_filter_the_table_together_with_the_typed_filter(
    session, opened
) -> None:
    section = opened(HistogramSection)
    assert section.column.value == "ki67_mean"
    session.set_filter("label <= 32")
    section.set_limits(100.0, None)
    assert session.rows.tolist() == list(range(3, 33, 3))
    assert "shows 10 of 64" in section.message.value
    section.reset.native.click()
    assert len(session.rows) == 32


def test_a_dragged_end_filters_and_is_shown_as_a_number(session, opened) -> None:
    section = opened(HistogramSection)
    top = section.plot.values.max()
    section.plot.limits_moved.emit((99.5, top))
    assert section.low.value == "99.5"
    assert section.high.value == ""
    assert set(session.rows) == set(range(3, 65, 3))


def test_a_typed_end_moves_the_line(session, opened) -> None:
    section = opened(HistogramSection)
    section.high.value = "100"
    section.low.native.editingFinished.emit()
    assert section.plot.limits[1] == 100
    assert len(session.rows) == 43


def test_wrong_numbers_are_one_line_and_filter_nothing(session, opened) -> None:
    section = opened(HistogramSection)
    for low, high, message in [
        ("many", "", "From must be a number or empty; got 'many'"),
        ("9", "1", "From must not be above To; got 9 and 1"),
        ("nan", "", "From and To must be finite numbers"),
    ]:
        section.low.value, section.high.value = low, high
        section.low.native.editingFinished.emit()
        assert section.message.value == message
        assert len(session.rows) == 64


def test_another_column_removes_the_filter(session, opened) -> None:
    section = opened(HistogramSection)
    section.set_limits(100.0, None)
    section.column.value = "area"
    assert len(session.rows) == 64
    assert section.plot.values.tolist() == session.frame["area"].tolist()


def test_the_histogram_follows_an_edit(session, opened, qtbot) -> None:
    section = opened(HistogramSection)
    layer = session.labels_layer
    layer.data = layer.data * (layer.data > 10)
    qtbot.waitUntil(lambda: len(section.plot.values) == 54)


def test_no_nuclei_are_said(session, opened, qtbot) -> None:
    section = opened(HistogramSection)
    session.set_layers(None)
    qtbot.waitUntil(lambda: section.message.value == "There are no nuclei to show.")
    section.plot.draw()
