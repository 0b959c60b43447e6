"""The work of a run, without a window."""

from __future__ import annotations

import threading
from dataclasses import replace

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import write_card
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    VISIBLE_PART,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.segment.in_memory import (
    relabel,
    remeasure,
    segment_in_memory,
)
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache
from napari_nuclei.widgets.shared.thread_progress import Cancelled, Progress


@pytest.fixture
def model(network, own_models):
    return own_models / "discs"


def run_of(layer, model, report=lambda step: None, choice=None, view=None, **settings):
    source = make_image_source(layer, (0,) * layer.ndim, choice, view)
    started = []

    def note_run(step) -> None:
        if step.value is not None:
            started.append(step.value)
        report(step)

    try:
        return segment_in_memory(source, model, SegmentConfig(**settings), note_run)
    except Cancelled:
        return started[0]


def test_a_model_is_loaded_once_until_its_files_change(model, monkeypatch) -> None:
    import napari_nuclei

    loaded = []
    load = napari_nuclei.load_segmenter
    monkeypatch.setattr(
        napari_nuclei, "load_segmenter", lambda m: loaded.append(m) or load(m)
    )
    segmenter_cache = SegmenterCache()
    first = segmenter_cache.get(model)
    assert segmenter_cache.get(model) is first
    assert len(loaded) == 1
    (model / "model.tflite").write_bytes(b"trained anew")
    write_card(model, ModelCard("discs"))
    assert segmenter_cache.get(model) is not first
    assert len(loaded) == 2


def test_planes_are_read_one_at_a_time(stack, model) -> None:
    read = []

    def note(block, block_info=None):
        read.append(block_info[0]["chunk-location"][0])
        return block

    lazy = da.from_array(stack, chunks=(1, -1, -1)).map_blocks(note, dtype=stack.dtype)
    layer = Image(np.zeros_like(stack))
    object.__setattr__(layer, "_data", lazy)
    run = run_of(layer, model, choice=RegionChoice(CURRENT_SLICE))
    assert run.labels.shape == (1, 128, 192)
    assert set(read) == {0}


def test_planes_finished_before_a_cancel_are_in_the_run(stack, model) -> None:
    def cancel(step: Progress) -> None:
        if step.message.startswith("Plane 3"):
            raise Cancelled

    run = run_of(Image(stack), model, cancel)
    assert [done.plane_index for done in run.planes] == [(0,), (1,)]
    assert [done.nuclei for done in run.planes] == [6, 0]
    assert run.labels[0].max() == 6
    assert not run.labels[2].any()


def test_measuring_many_nuclei_can_be_cancelled(spots, model) -> None:
    steps = []

    def cancel(step: Progress) -> None:
        steps.append(step)
        if step.message == "Measuring 6 nuclei":
            raise Cancelled

    assert not run_of(Image(spots[0]), model, cancel).planes
    assert steps[-1].message == "Measuring 6 nuclei"


def test_a_visible_part_gives_its_own_labels(spots, model) -> None:
    run = run_of(
        Image(spots[0]),
        model,
        choice=RegionChoice(VISIBLE_PART),
        view=((0, 60), (60, 192)),
    )
    assert run.labels.shape == (60, 132)
    assert run.nuclei == 2


def test_nuclei_outside_the_region_are_left_out_also_by_new_thresholds(
    spots, model
) -> None:
    source = make_image_source(Image(spots[0]), (0, 0))
    region = np.zeros(spots[0].shape, bool)
    region[:, 60:] = True
    run = segment_in_memory(
        replace(source, region=region), model, SegmentConfig(), lambda step: None
    )
    assert run.nuclei == len(run.table) == run.labels.max() == 4
    assert not run.labels[:, :60].any()
    found = relabel(run, run.config, lambda step: None)
    np.testing.assert_array_equal(found[()].labels, run.labels)


def test_nuclei_that_are_left_out_are_counted(spots, model) -> None:
    image = spots[0].copy()
    image[:10, :30] = 4000
    image[53:68, 20:100] = 4000
    run = run_of(
        Image(image), model, diameter="native", drop_border=True, max_size=1000
    )
    assert run.nuclei == 6
    assert (run.dropped.border, run.dropped.large) == (1, 1)


def test_new_thresholds_need_no_network(stack, model, network) -> None:
    run = run_of(Image(stack), model)
    network.error = AssertionError("the network was asked again")
    steps = []
    config = SegmentConfig(max_size=1)
    found = relabel(run, config, steps.append, first=(2,))
    assert [step.value[0] for step in steps] == [(2,), (0,), (1,)]
    assert all(not one.labels.any() for one in found.values())
    assert sum(done.dropped.large for done in remeasure(run, found, steps.append)) == 12


def test_the_thresholds_of_the_run_give_its_labels_again(stack, model) -> None:
    run = run_of(Image(stack), model)
    drawn = {}
    found = relabel(run, run.config, lambda step: drawn.update([step.value]))
    for plane_index, one in drawn.items():
        np.testing.assert_array_equal(one.labels, run.plane_labels(plane_index))
    planes = remeasure(run, found, lambda step: None)
    for again, done in zip(planes, run.planes, strict=True):
        np.testing.assert_array_equal(again.table.index, done.table.index)


def test_the_nuclei_of_a_stack_are_numbered_over_all_planes(stack, model) -> None:
    run = run_of(Image(stack), model)
    numbers = [np.unique(run.plane_labels((index,))).tolist() for index in range(3)]
    assert numbers == [[0, *range(1, 7)], [0], [0, *range(7, 13)]]
    assert run.table.index.tolist() == list(range(1, 13))


def test_maps_beyond_the_memory_limit_are_dropped(stack, model, monkeypatch) -> None:
    assert run_of(Image(stack), model).has_all_maps
    monkeypatch.setattr(
        "napari_nuclei.widgets.segment.in_memory.MAX_MAPS_BYTES", 128 * 192 * 8 * 2
    )
    run = run_of(Image(stack), model)
    assert [done.maps is None for done in run.planes] == [False, False, True]
    assert not run.has_all_maps


def test_a_run_needs_no_main_thread(spots, model) -> None:
    runs = []
    thread = threading.Thread(
        target=lambda: runs.append(run_of(Image(spots[0]), model))
    )
    thread.start()
    thread.join()
    assert runs[0].nuclei == 6
