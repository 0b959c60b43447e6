"""The Segment widget beyond a first run, driven as a person does."""

from __future__ import annotations

import shutil
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QMessageBox

from napari_nuclei.core.card import Card
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model import selftest
from napari_nuclei.model.store import read_card, write_card
from napari_nuclei.widgets.models_box import ModelsBox
from napari_nuclei.widgets.results import METADATA_KEY
from napari_nuclei.widgets.source import EVERYTHING, PLANE, VIEW

pytestmark = pytest.mark.usefixtures("network")

PATIENCE = 60_000


@pytest.fixture
def settle(qtbot):
    """Return a function that waits until the sliders' labels and table are there."""

    def settle_(widget) -> None:
        qtbot.waitUntil(lambda: not widget.retuner.busy, timeout=PATIENCE)

    return settle_


def results(viewer) -> list[Labels]:
    return [layer for layer in viewer.layers if METADATA_KEY in layer.metadata]


def test_one_plane_of_a_stack_is_segmented_where_it_lies(opened, run, stack) -> None:
    viewer, widget = opened(stack, scale=(4, 1, 1))
    viewer.dims.set_current_step(0, 2)
    widget.form.part.area.value = PLANE
    assert widget.notice.status.value == "This plane of 128 x 192 pixels."
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.shape == (1, 128, 192)
    assert layer.data.max() == 6
    assert layer.data_to_world((0, 0, 0))[0] == 8


def test_what_is_on_the_screen_is_segmented_where_it_lies(opened, run, spots) -> None:
    viewer, widget = opened(spots[0])
    viewer.scene.camera.zoom *= 3
    viewer.scene.camera.center = (0, 30, 30)
    widget.form.part.area.value = VIEW
    assert widget.notice.status.value.startswith("This view, ")
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.size < spots[1].size
    assert 1 <= layer.data.max() < 6
    middle = layer.data_to_world(
        np.argwhere(layer.data == layer.data.max()).mean(axis=0)
    )
    assert spots[1][tuple(np.round(middle).astype(int))]


def test_a_channel_can_be_chosen(opened, run, spots) -> None:
    empty = np.full_like(spots[0], 100)
    viewer, widget = opened(np.stack([empty, spots[0]]))
    form = widget.form
    assert not form.part.channel.native.isVisibleTo(widget.native)
    form.part.channel_axis.value = 0
    form.part.channel.value = 1
    assert widget.notice.status.value == "One image of 128 x 192 pixels, channel 1."
    run(widget)
    assert results(viewer)[0].data.shape == spots[0].shape
    assert results(viewer)[0].data.max() == 6


def test_a_level_can_be_chosen(opened, run, spots) -> None:
    levels = [spots[0].repeat(2, 0).repeat(2, 1), spots[0]]
    viewer, widget = opened(levels, multiscale=True)
    widget.form.part.level.value = 1
    assert widget.notice.status.value == "One image of 128 x 192 pixels at level 1."
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.shape == (128, 192)
    assert layer.scale.tolist() == [2, 2]


def test_sliders_draw_the_labels_anew_in_place(
    opened, run, settle, network, spots
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    (layer,) = results(viewer)
    network.error = AssertionError("the network was asked again")
    widget.form.min_size.value = 400
    settle(widget)
    assert not layer.data.any()
    assert len(layer.features) == 0
    assert widget.notice.status.value.startswith("No nuclei")
    assert "Dropped: 6 small" in widget.notice.status.value
    widget.form.min_size.value = 100
    settle(widget)
    assert layer.data.max() == 6
    assert len(layer.features) == 6
    assert results(viewer) == [layer]
    assert layer.metadata[METADATA_KEY]["settings"]["min_size"] == 100


def test_labels_edited_by_hand_are_left_alone_and_a_new_layer_is_made(
    opened, run, settle, spots
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    (mine,) = results(viewer)
    mine.paint((60, 60), 77)
    painted = mine.data.copy()
    widget.form.drop_border.value = True
    settle(widget)
    widget.form.min_size.value = 5
    settle(widget)
    first, second = results(viewer)
    np.testing.assert_array_equal(mine.data, painted)
    assert {first, second} - {mine}
    assert second.data.max() == 6
    assert 77 not in second.data


def test_sliders_of_another_image_leave_the_result_alone(
    opened, run, settle, spots
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    viewer.add_image(spots[0], name="another")
    widget.form.image.value = viewer.layers["another"]
    widget.form.min_size.value = 400
    settle(widget)
    assert results(viewer)[0].data.max() == 6


def test_a_removed_result_is_forgotten(opened, run, settle, spots) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    viewer.layers.remove(results(viewer)[0])
    widget.form.min_size.value = 400
    settle(widget)
    assert not results(viewer)


def test_planes_done_before_a_cancel_can_be_kept(
    opened, qtbot, network, stack, monkeypatch
) -> None:
    viewer, widget = opened(stack)
    real, find, done = network.__class__.__call__, Segmenter.find, []

    def counted(self, maps, config=None):
        done.append(find(self, maps, config))
        return done[-1]

    def third_waits(self, tiles):
        if len(done) == 2:
            self.hold()
        return real(self, tiles)

    monkeypatch.setattr(Segmenter, "find", counted)

    network.__class__ = type("Held", (type(network),), {"__call__": third_waits})
    widget.run.native.click()
    control = widget.control
    qtbot.waitUntil(
        lambda: len(control.under_way.planes if control.under_way else ()) == 2,
        timeout=PATIENCE,
    )
    widget.cancel.native.click()
    assert not widget.running
    assert not results(viewer)
    assert widget.notice.status.value == "Cancelled after 2 of 3 planes"
    assert widget.notice.offer.text == "Keep the 2 planes that are done"
    widget.notice.offer.native.click()
    (layer,) = results(viewer)
    assert [plane.max() for plane in layer.data] == [6, 0, 0]
    network.go_on.set()


def test_nuclei_far_from_the_diameter_are_told_and_remedied(
    opened, run, qtbot, spots
) -> None:
    viewer, widget = opened(spots[0])
    widget.form.diameter.text = "90"
    run(widget)
    assert "far from the 90 px" in widget.notice.status.value
    widget.notice.offer.native.click()
    assert widget.running
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert widget.form.diameter.text == "auto"
    assert "far from" not in widget.notice.status.value
    assert not widget.notice.offer.visible
    assert len(results(viewer)) == 2


def test_the_diameter_is_measured_from_a_drawn_shape(opened, spots) -> None:
    viewer, widget = opened(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    widget.form.diameter.measure.native.click()
    assert "draw a line across a nucleus" in widget.notice.status.value
    viewer.add_shapes([[[0, 0], [0, 12]]], shape_type="line", units=("um", "um"))
    widget.form.diameter.measure.native.click()
    assert widget.notice.status.value == "Measured in Shapes: 24 pixels."
    assert widget.form.diameter.text == "24"
    widget.form.diameter.unit.value = "um"
    widget.form.diameter.measure.native.click()
    assert widget.form.diameter.text == "12um"


def test_micrometres_are_offered_where_pixels_have_a_size(opened, spots) -> None:
    viewer, widget = opened(spots[0])
    assert "um" not in widget.form.diameter.unit.choices
    layer = viewer.add_image(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    widget.form.image.value = layer
    assert "um" in widget.form.diameter.unit.choices


def test_further_results_are_added_on_request(opened, run, spots) -> None:
    viewer, widget = opened(spots[0], scale=(2, 2))
    widget.form.probabilities.value = True
    widget.form.centroids.value = True
    widget.form.outlines.value = True
    run(widget)
    assert [layer.name for layer in viewer.layers] == [
        "cells",
        "cells probability",
        "cells discs",
        "cells centroids",
    ]
    assert viewer.layers["cells discs"].contour > 0
    assert len(viewer.layers["cells centroids"].data) == 6
    assert viewer.layers["cells probability"].data.max() <= 1
    assert all(layer.scale.tolist() == [2, 2] for layer in viewer.layers)


def test_the_run_is_copied_as_code(opened, run, spots) -> None:
    _, widget = opened(spots[0])
    assert not widget.form.copy.python.enabled
    run(widget)
    widget.form.copy.python.native.click()
    assert "load_segmenter('discs')" in QApplication.clipboard().text()
    widget.form.copy.command.native.click()
    assert QApplication.clipboard().text().startswith("napari-nuclei segment")


def test_settings_are_remembered(make_napari_viewer, opened, run, spots) -> None:
    _, widget = opened(spots[0])
    widget.form.part.area.value = PLANE
    widget.form.diameter.text = "24"
    widget.form.drop_border.value = True
    widget.form.probability.value = 0.7
    run(widget)
    again = make_napari_viewer()
    _, second = again.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert second.form.part.area.value == PLANE
    assert second.form.diameter.text == "24"
    assert second.form.drop_border.value
    assert second.form.config().probability == 0.7
    assert second.form.config().splitting is None  # still the model's own


def test_what_was_remembered_and_makes_no_sense_now_is_passed_over(
    make_napari_viewer, network, monkeypatch
) -> None:
    kept = {"model": "gone", "diameter": "9um", "area": "?", "probability": 7}
    monkeypatch.setattr("napari_nuclei.widgets.segment.recall", lambda: kept)
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert widget.form.model.value == "discs"
    assert widget.form.diameter.text == "auto"
    assert widget.form.part.area.value == EVERYTHING
    assert widget.form.config().probability is None


def test_napari_keeps_the_settings_where_it_can(monkeypatch) -> None:
    monkeypatch.undo()
    from napari_nuclei.widgets.remember import plugin_section

    section = plugin_section()
    assert section is not None
    assert section.diameter == "auto"
    assert {"model", "probability", "drop_border"} <= set(type(section).model_fields)


def test_the_live_view_follows_the_screen(opened, qtbot, spots) -> None:
    viewer, widget = opened(spots[0], scale=(2, 2))
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.watch.looks == 1, timeout=PATIENCE)
    layer = widget.watch.layer
    assert layer.data.max() == 6
    assert (
        widget.notice.status.value == "Live: 6 nuclei in view; Run does the whole job."
    )
    viewer.scene.camera.center = (0, 60, 60)
    viewer.scene.camera.zoom *= 4
    qtbot.waitUntil(lambda: widget.watch.looks >= 2, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not widget.watch.busy, timeout=PATIENCE)
    assert widget.watch.layer is layer
    assert 1 <= layer.data.max() < 6
    middle = layer.data_to_world(np.argwhere(layer.data == 1).mean(axis=0))
    assert spots[1][tuple(np.round(np.array(middle) / 2).astype(int))]
    widget.live.native.click()
    assert [each.name for each in viewer.layers] == ["cells"]


def test_the_live_view_follows_thresholds_and_planes(opened, qtbot, stack) -> None:
    viewer, widget = opened(stack)
    viewer.dims.set_current_step(0, 0)
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.watch.looks == 1, timeout=PATIENCE)
    assert widget.watch.layer.data.max() == 6
    viewer.dims.set_current_step(0, 1)
    qtbot.waitUntil(lambda: widget.watch.looks == 2, timeout=PATIENCE)
    assert not widget.watch.layer.data.any()
    viewer.dims.set_current_step(0, 2)
    widget.form.min_size.value = 450
    qtbot.waitUntil(lambda: not widget.watch.busy, timeout=PATIENCE)
    assert not widget.watch.layer.data.any()


def test_run_ends_the_live_view_and_does_the_whole_job(
    opened, run, qtbot, spots
) -> None:
    viewer, widget = opened(spots[0])
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.watch.looks == 1, timeout=PATIENCE)
    run(widget)
    assert not widget.live.value
    assert [layer.name for layer in viewer.layers] == ["cells", "cells discs"]


def test_removing_the_live_layer_ends_the_live_view(opened, qtbot, spots) -> None:
    viewer, widget = opened(spots[0])
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.watch.looks == 1, timeout=PATIENCE)
    viewer.layers.remove(widget.watch.layer)
    assert not widget.live.value


def test_all_of_a_run_happens_outside_the_main_thread(
    opened, qtbot, network, spots
) -> None:
    _, widget = opened(spots[0])
    threads, ticks = set(), []
    real = type(network).__call__

    def note(self, tiles):
        threads.add(threading.get_ident())
        return real(self, tiles)

    network.__class__ = type("Noting", (type(network),), {"__call__": note})
    network.hold()
    widget.run.native.click()
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(0)
    # The network is in the middle of its work, and the window goes on.
    qtbot.waitUntil(lambda: len(ticks) > 20, timeout=PATIENCE)
    timer.stop()
    assert widget.running
    network.go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert threads
    assert threading.get_ident() not in threads


def write_networks(folder: Path) -> None:
    """Put files that look like networks into a folder; they are never run."""
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    (folder / "model.tflite").write_bytes(b"network")


def test_a_model_is_imported_and_removed_after_asking(
    opened, qtbot, own_models, spots, tmp_path, monkeypatch
) -> None:
    _, widget = opened(spots[0])
    folder = tmp_path / "brought"
    folder.mkdir()
    write_networks(folder)
    write_card(folder, Card("brought", description="From a colleague."))
    models = widget.form.models
    monkeypatch.setattr(ModelsBox, "ask_folder", lambda self: folder)
    models.import_folder.trigger()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert widget.form.model.value == "brought"
    assert "From a colleague" in widget.form.model.tooltip
    assert "Knows nuclei about 20 pixels wide" in widget.form.model.tooltip

    answer = QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answer)
    models.remove_action.trigger()
    assert (own_models / "brought").is_dir()
    answer = QMessageBox.StandardButton.Yes
    models.remove_action.trigger()
    assert not (own_models / "brought").exists()
    assert widget.form.model.value == "discs"


def test_a_model_is_renamed_exported_and_brought_back(
    opened, qtbot, own_models, spots, network, tmp_path, monkeypatch
) -> None:
    _, widget = opened(spots[0])
    models = widget.form.models
    write_networks(own_models / "discs")
    monkeypatch.setattr(
        selftest, "load_segmenter", lambda path: Segmenter(network, read_card(path))
    )
    monkeypatch.setattr(ModelsBox, "ask_name", lambda self, name: "no name")
    models.rename_action.trigger()
    assert widget.notice.status.value.startswith("name must be 1 to 64 letters")
    monkeypatch.setattr(ModelsBox, "ask_name", lambda self, name: "round")
    models.rename_action.trigger()
    assert widget.notice.status.value == "Renamed discs to round."
    assert widget.form.model.value == "round"
    assert read_card(own_models / "round").name == "round"
    path = tmp_path / "sent.zip"
    monkeypatch.setattr(ModelsBox, "ask_zip", lambda self, name: path)
    models.export_action.trigger()
    said = f"Exported round to {path}."
    qtbot.waitUntil(lambda: widget.notice.status.value == said, timeout=PATIENCE)
    shutil.rmtree(own_models / "round")
    monkeypatch.setattr(ModelsBox, "ask_file", lambda self: path)
    models.import_file.trigger()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert widget.form.model.value == "round"
    assert widget.notice.status.value.startswith("Imported round; self-test ok: ")


def test_a_model_that_is_gone_is_told(opened, own_models, spots) -> None:
    _, widget = opened(spots[0])
    models = widget.form.models
    shutil.rmtree(own_models / "discs")
    for action in (models.rename_action, models.export_action, models.about):
        widget.notice.say("")
        action.trigger()
        assert "here is no model" in widget.notice.status.value
    models.menu.aboutToShow.emit()
    assert not models.export_action.isEnabled()
    assert not models.remove_action.isEnabled()


def test_an_import_that_fails_says_why(
    opened, qtbot, spots, tmp_path, monkeypatch
) -> None:
    _, widget = opened(spots[0])
    path = tmp_path / "empty.zip"
    path.write_bytes(b"")
    monkeypatch.setattr(ModelsBox, "ask_file", lambda self: path)
    widget.form.models.import_file.trigger()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert "neither a model's folder, nor a zip" in widget.notice.status.value


def test_a_model_that_appears_is_listed(opened, qtbot, own_models, spots) -> None:
    _, widget = opened(spots[0])
    (own_models / ".making").mkdir()
    write_card(own_models / ".making", Card("new"))
    (own_models / ".making").rename(own_models / "new")
    qtbot.waitUntil(lambda: "new" in widget.form.model.choices, timeout=PATIENCE)


def test_run_has_a_shortcut(opened, spots) -> None:
    _, widget = opened(spots[0])
    assert widget.run.native.shortcut().toString() in widget.run.tooltip
