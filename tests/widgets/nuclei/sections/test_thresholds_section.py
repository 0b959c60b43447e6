from __future__ import annotations

import numpy as np
import pytest
from skimage.color import hed2rgb

from napari_nuclei.widgets.nuclei.sections.thresholds_section import ThresholdsSection


@pytest.fixture
def section(opened):
    return opened(ThresholdsSection)


def counts(session) -> dict[str, int]:
    return session.frame["class"].value_counts().to_dict()


def test_a_limit_is_suggested_and_applied_at_once(section, session) -> None:
    assert section.column.value == "ki67_mean"
    assert counts(session) == {"negative": 43, "positive": 21}
    assert section.message.value == "Positive 32.8 % (95 % 22.6 to 45.0), 21 of 64."
    assert 54 < section.plot.limits[0] < 200
    colours = [session.labels_layer.colormap.map(label) for label in (1, 3)]
    assert not np.allclose(*colours)


def test_a_dragged_line_changes_classes_and_colours(section, session, qtbot) -> None:
    before = session.labels_layer.colormap.map(3)
    section.plot.limits_moved.emit((250.0,))
    qtbot.waitUntil(lambda: counts(session) == {"negative": 64})
    assert section.limits.value == "250"
    assert "0 of 64" in section.message.value
    assert not np.allclose(before, session.labels_layer.colormap.map(3))


def test_three_limits_make_grades_and_an_h_score(section, session) -> None:
    section.grades.value = 3
    assert len(section.plot.limits) == 3
    section.limits.value = "20, 100, 202"
    section.limits.native.editingFinished.emit()
    assert counts(session) == {"1+": 43, "2+": 12, "3+": 9}
    expected = round(100 * (43 + 24 + 27) / 64)
    assert f"H-score {expected} of 300." in section.message.value
    assert "1+: 43, 2+: 12, 3+: 9" in section.message.value
    section.limits.value = "100"
    section.limits.native.editingFinished.emit()
    assert section.grades.value == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("high", "Limits must be numbers with commas between them"),
        ("", "Limits must be numbers"),
        ("nan", "Limits must be numbers"),
        ("2, 1", "ascending"),
        ("1, 2, 3, 4", "one to three"),
    ],
)
def test_wrong_limits_are_one_line_and_change_nothing(
    section, session, text, message
) -> None:
    before = session.frame["class"].tolist()
    section.limits.value = text
    section.limits.native.editingFinished.emit()
    assert message in section.message.value
    assert "\n" not in section.message.value
    assert session.frame["class"].tolist() == before


def test_a_column_of_equal_values_is_one_line(section, session) -> None:
    session.set_column("flat", np.ones(64))
    section.update_now()
    section.column.value = "flat"
    assert "no two different values" in section.message.value
    assert section.plot.limits == ()


def test_new_nuclei_get_a_class(section, session, qtbot) -> None:
    layer = session.labels_layer
    data = layer.data.copy()
    data[data == 3] = 99
    layer.data = data
    qtbot.waitUntil(lambda: session.frame["class"].notna().all())
    assert session.frame.loc[99, "class"] == "positive"
    assert 3 not in session.frame.index


def test_other_classes_are_replaced_only_by_a_drag(session, opened, qtbot) -> None:
    session.set_column("class", np.full(64, "tumour", object))
    section = opened(ThresholdsSection)
    assert counts(session) == {"tumour": 64}
    assert "The table has other classes; drag a line" in section.message.value
    section.plot.limits_moved.emit((100.0,))
    qtbot.waitUntil(lambda: counts(session) == {"negative": 43, "positive": 21})


def test_classes_of_something_else_end_the_updates(section, session, qtbot) -> None:
    session.set_column("class", np.full(64, "tumour", object))
    qtbot.wait(150)
    assert counts(session) == {"tumour": 64}


def test_the_share_counts_filtered_nuclei(section, session, qtbot) -> None:
    session.set_filter("label <= 30")
    qtbot.waitUntil(lambda: "10 of 30" in section.message.value)
    assert section.message.value.endswith("The filter shows 30 of 64 nuclei.")


def test_remove_takes_classes_and_colours_back(section, session, qtbot) -> None:
    section.remove.native.click()
    qtbot.wait(150)
    assert "class" not in session.frame
    assert "Classes removed" in section.message.value


def test_the_index_of_an_rgb_image_is_one_press(session, opened, discs) -> None:
    labels, _ = discs
    stains = np.zeros((*labels.shape, 3))
    stains[..., 0] = 0.05 + 0.1 * (labels > 0)
    stains[..., 2] = 0.2 * ((labels > 0) & (labels % 3 == 0))
    rgb = (hed2rgb(stains) * 255).astype(np.uint8)
    section = opened(ThresholdsSection)
    section.index.native.click()
    assert section.message.value == "Tick an RGB image of the tissue above first."
    image = session.viewer.add_image(rgb, name="slide")
    session.set_layers(session.labels_layer, [image])
    section.index.native.click()
    section.update_now()
    assert section.column.value == "slide_dab_mean"
    assert section.message.value == "Ki67 index 32.8 % (95 % 22.6 to 45.0), 21 of 64."
    assert counts(session) == {"negative": 43, "positive": 21}


def test_no_nuclei_are_said(section, session, qtbot) -> None:
    session.set_layers(None)
    qtbot.waitUntil(lambda: section.message.value == "There are no nuclei to classify.")
