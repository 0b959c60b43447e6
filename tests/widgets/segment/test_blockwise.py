"""Large images in the Segment widget: block by block, with labels on disk."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.matching import count_objects
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.widgets.layers.image_source import (
    VISIBLE_PART,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.segment import blockwise
from napari_nuclei.widgets.segment.blockwise import BlockwiseRun
from napari_nuclei.widgets.segment.layer_data import (
    METADATA_KEY,
    format_summary,
    labels_layer_kwargs,
)
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache
from napari_nuclei.widgets.shared.thread_progress import Cancelled

pytestmark = pytest.mark.usefixtures("network")

TIMEOUT_MS = 60_000


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch, tmp_path: Path) -> None:
    """Treat the image of discs as a large one, of 6 blocks."""
    monkeypatch.setattr(blockwise, "LARGE_PLANE", 10_000)
    monkeypatch.setattr(blockwise, "BLOCK_SIZE", 64)
    folder = tmp_path / "results"
    monkeypatch.setattr(
        "napari_nuclei.widgets.segment.segment_form.results_folder", lambda: folder
    )


def same_objects(one, two) -> bool:
    counts = count_objects(one.astype(np.int32), two.astype(np.int32), [1.0])[0]
    return counts.fp == counts.fn == 0


def test_a_large_image_has_the_labels_of_a_run_in_memory_on_disk(
    opened, run, spots, tmp_path, monkeypatch, results
) -> None:
    viewer, widget = opened(
        spots[0], scale=(0.5, 0.5), units=("um", "um"), translate=(3, 4)
    )
    text = widget.status_panel.status.value
    assert text.startswith("One image of 128 x 192 pixels. The image is large")
    run(widget)
    (layer,) = results(viewer)
    monkeypatch.setattr(blockwise, "LARGE_PLANE", 1e9)
    run(widget)
    (ordinary,) = (one for one in results(viewer) if one is not layer)
    assert same_objects(np.asarray(layer.data), ordinary.data)
    assert [each.name for each in viewer.layers][:2] == ["cells", "cells discs"]
    for name in ("scale", "translate"):
        np.testing.assert_array_equal(getattr(layer, name), getattr(ordinary, name))
    assert len(layer.features) == len(ordinary.features) == 7
    assert set(ordinary.features) == set(layer.features)

    record = layer.metadata[METADATA_KEY]
    assert Path(record["on_disk"]["labels"]).is_dir()
    assert Path(record["on_disk"]["table"]).is_file()
    assert record["on_disk"]["missing_blocks"] == 0
    assert record["nuclei"] == 6
    assert ordinary.metadata[METADATA_KEY]["on_disk"] is None
    assert not list((tmp_path / "results").glob("*.partial"))


def test_the_status_shows_the_folder_of_the_labels(
    opened, run, spots, tmp_path
) -> None:
    viewer, widget = opened(spots[0][:50, :50])
    form = widget.form
    form.more_fold.expand()
    assert not form.large_folder.native.isVisibleTo(widget.native)
    viewer.layers["cells"].data = spots[0]
    form.image.changed.emit(form.image.value)
    assert form.large_folder.native.isVisibleTo(widget.native)
    form.large_folder.value = tmp_path / "chosen"
    run(widget)
    said = widget.status_panel.status.value.replace("\u200b", "")
    assert said.startswith("6 nuclei, median diameter 2")
    (on_disk,) = (tmp_path / "chosen").glob("*.zarr")
    assert f"Saved in {on_disk}" in said
    assert widget.status_panel.action_button.text == "Open the folder"
    form.sliders.min_confidence.value = 0.5
    assert "too large for live thresholds" in widget.status_panel.status.value
    run(widget)
    assert len(list((tmp_path / "chosen").glob("*.zarr"))) == 2


@pytest.fixture
def blocks_of(own_models, tmp_path):
    """Return a function that gives the work on an image in blocks, without a window."""

    def blocks(layer, choice=None, view=None) -> BlockwiseRun:
        source = make_image_source(layer, (0,) * layer.ndim, choice, view)
        assert blockwise.is_large(source)
        return BlockwiseRun(
            source,
            own_models / "discs",
            SegmentConfig(),
            tmp_path / "results",
            SegmenterCache(),
            threading.Lock(),
        )

    return blocks


@pytest.fixture
def layer_of(blocks_of):
    """Return a function that segments an image in blocks, without a window."""

    def run(layer, choice=None, view=None) -> Labels:
        run = blocks_of(layer, choice, view)(lambda step: None)
        return Labels(run.labels[0], **labels_layer_kwargs(run))

    return run


def missing(run) -> int:
    return run.on_disk.missing


def test_a_run_continues_after_its_finished_blocks_were_used(
    blocks_of, spots, tmp_path
) -> None:
    layer = Image(spots[0])

    def cancel(step) -> None:
        if step.total and step.done >= 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        blocks_of(layer)(cancel)
    part = blocks_of(layer)(lambda step: None, finish_only=True)
    before = np.asarray(part.labels[0])
    assert 0 < missing(part) <= 4
    whole = blocks_of(layer)(lambda step: None)
    assert missing(whole) == 0
    assert np.max(whole.labels[0]) == 6
    # A layer may still show the finished blocks.
    np.testing.assert_array_equal(part.labels[0], before)
    assert len(list((tmp_path / "results").iterdir())) == 4


def test_failed_blocks_are_segmented_again(
    blocks_of, spots, network, tmp_path, monkeypatch
) -> None:
    layer, real = Image(spots[0]), BlockTask.segment

    def first_fails(self, block, check=None):
        if block.window.top == block.window.left == 0:
            raise OSError("the disk is tired")
        return real(self, block, check)

    with monkeypatch.context() as patch:
        patch.setattr(BlockTask, "segment", lambda *_: (_ for _ in ()).throw(OSError()))
        with pytest.raises(RuntimeError, match="No block was segmented"):
            blocks_of(layer)(lambda step: None)
        assert not list((tmp_path / "results").glob("*.zarr"))
        assert not list((tmp_path / "results").glob("*.csv"))
        patch.setattr(BlockTask, "segment", first_fails)
        part = blocks_of(layer)(lambda step: None)
    assert missing(part) == 1
    assert "1 block is empty" in format_summary(part)
    done = []
    monkeypatch.setattr(
        BlockTask,
        "segment",
        lambda self, block, check=None: done.append(block) or real(self, block, check),
    )
    whole = blocks_of(layer)(lambda step: None)
    assert len(done) == 1
    assert np.max(whole.labels[0]) == 6
    assert not list((tmp_path / "results").glob("*.partial"))


def test_each_plane_of_a_large_stack_is_segmented(layer_of, stack) -> None:
    layer = layer_of(Image(da.from_array(stack, chunks=(1, 64, 64))))
    assert [int(np.max(plane)) for plane in layer.data] == [6, 0, 12]
    assert layer.features["label"].tolist() == list(range(13))
    assert layer.features["z"].tolist()[1:] == [0] * 6 + [2] * 6


def test_labels_of_a_visible_part_have_its_coordinates(layer_of, spots) -> None:
    image = np.pad(spots[0], ((100, 0), (60, 300)), constant_values=100)
    layer = layer_of(
        Image(image, scale=(2, 2)), RegionChoice(VISIBLE_PART), ((75, 228), (77, 300))
    )
    labels = np.asarray(layer.data)
    assert labels.shape == (153, 223)
    assert labels.max() == 6
    for number in range(1, 7):
        middle = np.argwhere(labels == number).mean(axis=0)
        row, column = np.round(np.array(layer.data_to_world(middle)) / 2).astype(int)
        assert image[row, column] == 4000


@pytest.fixture
def go_on():
    """Return what lets a held run go on; it ends with the test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def held(opened, qtbot, go_on, spots, monkeypatch):
    """Return a viewer and a widget in a run of which two blocks are done."""
    viewer, widget = opened(spots[0])
    real, calls = BlockTask.segment, threading.Semaphore(2)

    def third_waits(self, block, check=None):
        if not calls.acquire(blocking=False):
            assert go_on.wait(TIMEOUT_MS / 1000)
        return real(self, block, check)

    monkeypatch.setattr(BlockTask, "segment", third_waits)
    widget.form.diameter.text = "20"
    widget.run.native.click()
    qtbot.waitUntil(lambda: done(widget) == 2, timeout=TIMEOUT_MS)
    return viewer, widget


def done(widget) -> int:
    return widget.run_controller.last_step.done


def test_finished_blocks_are_shown_during_the_run(held, qtbot, go_on, results) -> None:
    viewer, widget = held
    shown = viewer.layers["cells (so far)"]
    assert shown.data[:64, :128].any()
    assert not shown.data[:, 128:].any()
    assert not shown.editable
    go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert [layer.name for layer in viewer.layers] == ["cells", "cells discs"]
    assert results(viewer)[0].data.max() == 6


def test_a_cancelled_run_continues_with_the_remaining_blocks(
    held, run, qtbot, go_on, tmp_path, monkeypatch, results
) -> None:
    viewer, widget = held
    worker = widget.run_controller.worker.job
    widget.cancel.native.click()
    assert not widget.running
    assert [layer.name for layer in viewer.layers] == ["cells"]
    said = "Cancelled after 2 of 6 blocks. Press Run to continue."
    assert widget.status_panel.status.value == said
    assert widget.status_panel.action_button.text == "Keep the finished blocks"
    with qtbot.waitSignal(worker.finished, timeout=TIMEOUT_MS):
        go_on.set()
    finished = {path.name for path in (tmp_path / "results").glob("*/*.npz")}
    # Up to three more blocks may have ended: two that were running, and the next.
    assert 2 <= len(finished) <= 5
    began, real = [], BlockTask.segment
    monkeypatch.setattr(
        BlockTask, "segment", lambda *args: began.append(args[1]) or real(*args)
    )
    run(widget)
    assert results(viewer)[0].data.max() == 6
    assert len(began) == 6 - len(finished)


def test_blocks_finished_before_their_image_was_deleted_can_be_used(
    held, qtbot, go_on, results
) -> None:
    viewer, widget = held
    del viewer.layers["cells"]
    assert widget.status_panel.action_button.text == "Keep the finished blocks"
    widget.status_panel.action_button.native.click()
    assert widget.running
    go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    (layer,) = results(viewer)
    labels = np.asarray(layer.data)
    assert labels[:64, :128].any()
    assert len(np.unique(labels)) - 1 < 6  # nuclei of a block may reach into the next
    missing = layer.metadata[METADATA_KEY]["on_disk"]["missing_blocks"]
    # Up to three more blocks may have ended: two that were running, and the next.
    assert 1 <= missing <= 4
    text = "1 block is empty" if missing == 1 else f"{missing} blocks are empty"
    assert text in widget.status_panel.status.value


def test_closing_napari_in_mid_run_ends_the_run(held, qtbot, go_on) -> None:
    viewer, widget = held
    worker = widget.run_controller.worker.job
    viewer.close()
    assert worker.abort_requested
    go_on.set()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=TIMEOUT_MS)


def test_a_folder_that_cannot_be_written_is_reported(
    opened, run, spots, tmp_path
) -> None:
    viewer, widget = opened(spots[0])
    (tmp_path / "file").write_text("no folder")
    widget.form.large_folder.value = tmp_path / "file" / "results"
    run(widget)
    assert "file" in widget.status_panel.status.value
    assert [layer.name for layer in viewer.layers] == ["cells"]


def test_a_missing_package_is_reported_before_the_run(
    layer_of, network, spots, monkeypatch
) -> None:
    network.error = AssertionError("the network was asked")
    monkeypatch.setitem(sys.modules, "ome_zarr.writer", None)
    with pytest.raises(ImportError, match=r"ome_zarr is needed here: .*\[large\]"):
        layer_of(Image(spots[0]))


@pytest.mark.parametrize(
    ("shape", "large"),
    [
        ((5120, 5120), False),
        ((5121, 5121), True),
        ((2000, 512, 512), True),
        ((10, 2000, 1000), False),
        ((3, 2, 2, 5121, 5121), False),  # more axes than the file can have
    ],
    ids=str,
)
def test_only_large_images_are_segmented_block_by_block(
    monkeypatch, shape, large
) -> None:
    monkeypatch.setattr(blockwise, "LARGE_PLANE", 5120 * 5120)
    layer = Image(np.broadcast_to(np.uint8(0), shape), contrast_limits=(0, 1))
    source = make_image_source(layer, (0,) * len(shape))
    assert blockwise.is_large(source) == large


def test_the_slices_of_a_large_stack_are_joined(opened, run, spots, results) -> None:
    viewer, widget = opened(
        np.stack([spots[0]] * 3),
        axis_labels=("z", "y", "x"),
        scale=(2, 0.5, 0.5),
        units=("um", "um", "um"),
    )
    assert "Slices are joined" in widget.status_panel.status.value
    run(widget)
    (layer,) = results(viewer)
    labels = np.asarray(layer.data[0])
    assert np.unique(labels).tolist() == list(range(7))
    np.testing.assert_array_equal(labels[0], labels[2])
    assert widget.status_panel.status.value.startswith("6 nuclei in 3 slices, median")
    assert (layer.features["extent_z"][1:] == 3).all()
