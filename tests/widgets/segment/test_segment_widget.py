from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.layers import Labels

from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.store import BUNDLED, DEFAULT_MODEL, write_card
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY
from napari_nuclei.widgets.segment.segment_widget import SegmentWidget

TIMEOUT_MS = 60_000


def press(button) -> None:
    """Press a button, which must be enabled."""
    assert button.enabled
    button.native.click()


def is_shown(control, widget) -> bool:
    """Return whether a control would be visible in an open window."""
    return control.native.isVisibleTo(widget.native)


def test_run_adds_labels_of_every_nucleus(opened, run, network, spots, results) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    (layer,) = results(viewer)
    assert isinstance(layer, Labels)
    assert layer.name == "cells discs"
    assert layer.data.max() == 6
    assert np.array_equal(layer.data > 0, spots[1] > 0)
    assert widget.status_panel.status.value.startswith("6 nuclei, median diameter 2")
    assert "px" in widget.status_panel.status.value


def test_diameters_are_in_micrometres_for_an_image_with_a_pixel_size(
    opened, run, network, spots, results
) -> None:
    viewer, widget = opened(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    run(widget)
    assert "median diameter 10" in widget.status_panel.status.value
    assert "µm" in widget.status_panel.status.value
    assert results(viewer)[0].features["diameter_um"][1:].between(9, 11).all()


def test_labels_have_the_transform_of_their_image(
    opened, run, network, spots, results
) -> None:
    viewer, widget = opened(
        spots[0], scale=(2, 3), translate=(5, -7), rotate=20, shear=[0.3]
    )
    run(widget)
    (layer,) = results(viewer)
    image = viewer.layers["cells"]
    assert np.allclose(layer.data_to_world((30, 90)), image.data_to_world((30, 90)))
    assert layer.units == image.units
    assert layer.axis_labels == image.axis_labels


def test_the_table_has_a_row_for_the_label_under_the_mouse(
    opened, run, network, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    (layer,) = results(viewer)
    assert layer.features["label"].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert layer.features.loc[0, "area":].isna().all()
    for label in (1, 6):
        row = layer.features.loc[label, ["centroid_y", "centroid_x", "area"]]
        y, x, area = row.to_numpy(float)
        assert layer.data[round(y), round(x)] == label
        status = layer.get_status((y, x), world=True)["value"]
        assert f"label: {label}" in status
        assert f"area: {area:g}" in status
    assert layer.get_status((0, 0), world=True)["value"] == "0; label: 0"
    columns = {"area", "intensity_mean", "confidence", "eccentricity"}
    assert columns <= {*layer.features}


def test_the_record_of_the_run_is_in_the_metadata(
    opened, run, network, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    widget.form.diameter.text = "22"
    widget.form.sliders.probability.value = 0.55
    run(widget)
    record = results(viewer)[0].metadata[METADATA_KEY]
    assert record["model"] == "discs"
    assert record["image"] == "cells"
    assert record["settings"]["diameter"] == "22"
    assert record["settings"]["probability"] == 0.55
    assert record["settings"]["min_size"] is None
    assert record["nuclei"] == 6


def test_a_second_result_replaces_nothing(opened, run, network, spots, results) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    first = results(viewer)[0]
    first.data[:10] = 99
    run(widget)
    assert len(results(viewer)) == 2
    assert (first.data[:10] == 99).all()


def test_the_active_image_is_chosen_when_the_widget_opens(
    make_napari_viewer, network, spots
) -> None:
    viewer = make_napari_viewer()
    for name in ("first", "second", "third"):
        viewer.add_image(spots[0], name=name)
    viewer.layers.selection.active = viewer.layers["second"]
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert widget.form.image.value == viewer.layers["second"]


def test_an_image_opened_later_can_be_chosen(
    opened, run, network, spots, results
) -> None:
    viewer, widget = opened()
    assert widget.status_panel.status.value == "Open an image first."
    viewer.add_image(spots[0], name="cells")
    assert widget.form.image.value == viewer.layers["cells"]
    assert widget.status_panel.status.value == "One image of 128 x 192 pixels."
    run(widget)
    assert len(results(viewer)) == 1


def test_without_its_last_image_the_widget_asks_for_one(opened, network, spots) -> None:
    levels = [spots[0], spots[0][::2, ::2]]
    viewer, widget = opened(levels, multiscale=True)
    assert is_shown(widget.form.region_controls.level, widget)
    viewer.layers.clear()
    assert widget.status_panel.status.value == "Open an image first."
    assert not is_shown(widget.form.region_controls.level, widget)


def test_without_an_image_run_says_what_to_do(opened, qtbot, network) -> None:
    _, widget = opened()
    press(widget.run)
    assert not widget.running
    assert widget.status_panel.status.value == "Open an image first."


def test_without_a_model_run_says_so(opened, qtbot, spots, monkeypatch) -> None:
    monkeypatch.setattr("napari_nuclei.widgets.shared.model_selector.list_models", list)
    _, widget = opened(spots[0])
    press(widget.run)
    assert not widget.running
    assert widget.status_panel.status.value.startswith("There is no model")


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("max_size", "huge", "Largest area must be a number or empty; got 'huge'"),
        ("max_size", "-1", "max_size must be at least 1; got -1.0"),
    ],
)
def test_an_invalid_setting_is_named_and_nothing_starts(
    opened, qtbot, network, spots, field, text, message
) -> None:
    viewer, widget = opened(spots[0])
    getattr(widget.form, field).value = text
    press(widget.run)
    assert not widget.running
    assert widget.status_panel.status.value.startswith(message)
    assert len(viewer.layers) == 1


@pytest.mark.parametrize("error", [ValueError, RuntimeError], ids=str)
def test_a_failure_is_one_line_and_the_next_run_works(
    opened, run, network, spots, caplog, error, results
) -> None:
    viewer, widget = opened(spots[0])
    network.error = error("the model is damaged\nat byte 3")
    run(widget)
    assert widget.status_panel.status.value == "the model is damaged at byte 3"
    assert "Traceback" in caplog.text
    assert not results(viewer)
    network.error = None
    run(widget)
    assert len(results(viewer)) == 1


def test_nan_pixels_are_an_error_and_add_nothing(
    opened, run, network, spots, results
) -> None:
    image = spots[0].astype(float)
    image[0, 0] = np.nan
    viewer, widget = opened(image)
    run(widget)
    assert widget.status_panel.status.value.startswith("image has NaN")
    assert not results(viewer)


def test_an_image_without_nuclei_gives_an_empty_layer(
    opened, run, network, results
) -> None:
    viewer, widget = opened(np.full((64, 64), 7, np.uint8))
    run(widget)
    assert widget.status_panel.status.value.startswith("No nuclei")
    assert not results(viewer)[0].data.any()


@pytest.fixture
def held(opened, qtbot, network, spots):
    """Return a viewer and a widget in the middle of a run."""
    network.hold()
    viewer, widget = opened(spots[0])
    press(widget.run)
    qtbot.waitUntil(network.entered.is_set, timeout=TIMEOUT_MS)
    return viewer, widget


def let_go(qtbot, network, widget) -> None:
    network.go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)


def test_a_second_run_cannot_start_during_a_run(held, qtbot, network, results) -> None:
    viewer, widget = held
    worker = widget.run_controller.worker.job
    assert not widget.run.enabled
    assert widget.cancel.enabled
    assert is_shown(widget.status_panel.progress, widget)
    widget.start()
    assert widget.run_controller.worker.job is worker
    let_go(qtbot, network, widget)
    assert len(results(viewer)) == 1
    assert widget.run.enabled
    assert not widget.cancel.enabled
    assert not is_shown(widget.status_panel.progress, widget)


def test_cancel_ends_the_run_at_once_and_adds_no_layer(held, qtbot, network) -> None:
    viewer, widget = held
    worker = widget.run_controller.worker.job
    press(widget.cancel)
    assert not widget.running  # although the network is still busy
    with qtbot.waitSignal(worker.finished, timeout=TIMEOUT_MS):
        network.go_on.set()
    assert widget.status_panel.status.value == "Cancelled"
    assert [layer.name for layer in viewer.layers] == ["cells"]
    assert widget.run.enabled


def test_deleting_the_image_in_mid_run_ends_the_run(held, qtbot, network) -> None:
    viewer, widget = held
    del viewer.layers["cells"]
    let_go(qtbot, network, widget)
    assert not len(viewer.layers)
    assert widget.status_panel.status.value == "Cancelled"


def test_deleting_another_layer_in_mid_run_changes_nothing(
    held, qtbot, network, results
) -> None:
    viewer, widget = held
    other = viewer.add_points([[1, 1]])
    viewer.layers.remove(other)
    let_go(qtbot, network, widget)
    assert len(results(viewer)) == 1


def test_the_result_belongs_to_the_image_chosen_at_run(
    held, qtbot, network, spots, results
) -> None:
    viewer, widget = held
    viewer.add_image(spots[0][:50, :50], name="another")
    widget.form.image.value = viewer.layers["another"]
    let_go(qtbot, network, widget)
    (layer,) = results(viewer)
    assert layer.name == "cells discs"
    assert layer.data.shape == (128, 192)


def test_closing_napari_in_mid_run_ends_the_run(held, qtbot, network) -> None:
    viewer, widget = held
    worker = widget.run_controller.worker.job
    viewer.close()
    assert worker.abort_requested
    network.go_on.set()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=TIMEOUT_MS)


def test_closing_the_dock_in_mid_run_ends_the_run(
    held, qtbot, network, results
) -> None:
    viewer, widget = held
    worker = widget.run_controller.worker.job
    with qtbot.waitSignal(widget.native.destroyed, timeout=TIMEOUT_MS):
        widget.native.deleteLater()
    with qtbot.waitSignal(worker.finished, timeout=TIMEOUT_MS):
        network.go_on.set()
    assert not results(viewer)


@pytest.mark.parametrize("kind", [np.asarray, da.from_array], ids=["numpy", "dask"])
def test_each_plane_of_a_stack_is_segmented(
    opened, run, network, stack, kind, results
) -> None:
    viewer, widget = opened(kind(stack), axis_labels=("z", "y", "x"))
    widget.form.join.box.value = False
    assert widget.status_panel.status.value == "3 slices of 128 x 192 pixels."
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.shape == stack.shape
    assert [plane.max() for plane in layer.data] == [6, 0, 12]
    assert layer.features["z"].tolist()[1:] == [0] * 6 + [2] * 6
    assert widget.status_panel.status.value.startswith("12 outlines in ")


def test_a_label_of_a_stack_shows_its_own_row(
    opened, run, network, stack, results
) -> None:
    viewer, widget = opened(stack, axis_labels=("z", "y", "x"))
    widget.form.join.box.value = False
    run(widget)
    (layer,) = results(viewer)
    assert layer.features["label"].tolist() == list(range(13))
    for label in range(1, 13):
        (plane,) = np.unique(np.nonzero(layer.data == label)[0])
        assert layer.features["z"][label] == plane


def test_a_colour_image_is_segmented(opened, run, network, spots, results) -> None:
    grey = (spots[0] // 16).astype(np.uint8)
    viewer, widget = opened(np.dstack([grey] * 3), rgb=True)
    run(widget)
    assert results(viewer)[0].data.shape == grey.shape
    assert results(viewer)[0].data.max() == 6


def test_the_displayed_channel_is_segmented(
    opened, run, network, spots, results
) -> None:
    empty = np.full_like(spots[0], 100)
    viewer, widget = opened(
        np.stack([empty, spots[0]]), axis_labels=("c", "y", "x"), scale=(1, 2, 2)
    )
    viewer.dims.set_current_step(0, 1)
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.shape == spots[0].shape
    assert layer.data.max() == 6
    assert layer.scale.tolist() == [2, 2]


def test_a_multiscale_image_is_segmented_at_full_resolution(
    opened, run, network, spots, results
) -> None:
    levels = [spots[0], spots[0][::2, ::2], spots[0][::4, ::4]]
    viewer, widget = opened(levels, multiscale=True)
    run(widget)
    assert results(viewer)[0].data.shape == spots[0].shape


def test_the_sliders_show_the_thresholds_of_the_model(
    opened, network, own_models, spots
) -> None:
    _, widget = opened(spots[0])
    assert widget.form.model.value == "discs"
    assert widget.form.sliders.probability.value == pytest.approx(0.4)
    assert widget.form.sliders.splitting.value == pytest.approx(0.6)
    assert "Bright discs" in widget.form.model.tooltip


def test_a_model_trained_meanwhile_is_listed_when_the_dock_is_shown(
    opened, network, own_models, qtbot
) -> None:
    from napari_nuclei.core.card import ModelCard

    viewer, widget = opened()
    assert "new" not in widget.form.model.choices
    widget.native.hide()
    (own_models / "new").mkdir()
    write_card(own_models / "new", ModelCard("new"))
    widget.native.show()
    viewer.show()
    qtbot.waitUntil(lambda: "new" in widget.form.model.choices, timeout=TIMEOUT_MS)


def test_sections_are_closed_until_their_title_is_clicked(opened, network) -> None:
    _, widget = opened()
    form = widget.form
    assert is_shown(form.diameter, widget)
    for folded, part in (
        (form.thresholds_fold, form.sliders.probability),
        (form.more_fold, form.drop_border),
    ):
        assert not is_shown(part, widget)
        folded.toggleButton().click()
        assert is_shown(part, widget)
        folded.toggleButton().click()
        assert not is_shown(part, widget)


def test_the_widget_fits_a_narrow_dock(opened, network, spots) -> None:
    viewer, widget = opened(spots[0])
    viewer.layers[0].name = "an image whose name is longer than any dock is wide " * 3
    widget.form.thresholds_fold.expand()
    widget.form.more_fold.expand()
    assert widget.native.minimumSizeHint().width() <= 300


def test_every_control_has_a_tooltip(network, make_napari_viewer) -> None:
    form = SegmentWidget(make_napari_viewer()).form
    parts = [*form.main, *form.thresholds, *form.more, form.copy_buttons.command]
    parts += [*form.diameter, *form.models, form.copy_buttons.python]
    missing = [part.name for part in parts if not (part.tooltip or len(part) > 0)]
    assert not missing


@pytest.mark.slow
def test_the_bundled_model_finds_the_nuclei_of_the_sample(opened, run, results) -> None:
    assert (BUNDLED / DEFAULT_MODEL).is_dir()
    viewer, widget = opened()
    viewer.open_sample("napari-nuclei", "synthetic")
    widget.form.image.value = viewer.layers["Synthetic fluorescence"]
    assert widget.form.model.value == DEFAULT_MODEL
    run(widget)
    truth = synthetic_nuclei((512, 512))[1].max()
    (layer,) = results(viewer)
    assert 0.9 * truth <= layer.data.max() <= 1.1 * truth
    assert "\u00a0µm, " in widget.status_panel.status.value


def test_opening_the_widget_loads_no_tensorflow(new_process) -> None:
    code = (
        "import sys, napari_nuclei.widgets.segment.segment_widget; "
        "import napari_nuclei.widgets.train.train_widget, "
        "napari_nuclei.widgets.contributions.sample_images; "
        "print({'tensorflow', 'keras', 'ai_edge_litert'} & set(sys.modules))"
    )
    assert new_process(code).strip() == "set()"


def test_run_has_a_shortcut(opened, network, spots) -> None:
    _, widget = opened(spots[0])
    assert widget.run.native.shortcut().toString() in widget.run.tooltip
