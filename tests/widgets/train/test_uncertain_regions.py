from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from napari.layers import Image, Shapes

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.uncertainty import UncertainRegion
from napari_nuclei.data.datasets import Sample
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.shared.thread_progress import Progress
from napari_nuclei.widgets.train.uncertain_regions import (
    BOX_SIDE_IN_DIAMETERS,
    MAX_BOXES,
    UncertainRegions,
    box_corners,
    holds_suggested_regions,
    search_uncertain_regions,
    shapes_layer_kwargs,
)

MODEL = Path("discs")


class Cache:
    """Returns one segmenter whatever the model, in place of a `SegmenterCache`."""

    def __init__(self, segmenter: Segmenter) -> None:
        self.get = lambda model: segmenter


def predict_off_centre(tiles):
    """Return foreground 4 pixels too far right, which changes as a view is mirrored."""
    foreground = 1 / (1 + np.exp(-20 * (np.roll(tiles[..., :1], 4, axis=2) - 0.3)))
    return np.concatenate([foreground, foreground], axis=-1).astype(np.float32)


@pytest.fixture
def cache():
    return Cache(Segmenter(predict_off_centre, ModelCard("discs", diameter=20)))


@pytest.fixture
def source(spots):
    return make_image_source(
        Image(spots[0], name="cells"), (0, 0), RegionChoice(scope=CURRENT_SLICE)
    )


def test_the_least_certain_regions_come_first(source, cache) -> None:
    reported: list[Progress] = []
    regions = search_uncertain_regions(source, MODEL, None, reported.append, cache)
    uncertainty = [box.uncertainty for box in regions.boxes]
    assert 1 < len(uncertainty) <= MAX_BOXES
    assert uncertainty == sorted(uncertainty, reverse=True)
    assert regions.model == "discs"
    last = reported[-1]
    assert last.message == "Checking where the model is unsure"
    assert last.done == last.total > 0


def test_annotated_pixels_are_in_no_box_and_set_its_size(source, cache, spots) -> None:
    annotated = np.zeros(spots[1].shape, bool)
    annotated[:, :120] = True
    labels = np.where(annotated, spots[1], 0).astype(np.int32)
    sample = Sample("cells", labels, labels, annotated)
    regions = search_uncertain_regions(
        source, MODEL, sample, lambda progress: None, cache
    )
    (side,) = {box.side for box in regions.boxes}
    assert side == pytest.approx(BOX_SIDE_IN_DIAMETERS * 20, rel=0.05)
    # Only the nuclei near column 150 are not annotated.
    assert min(box.column + box.side for box in regions.boxes) > 130


def test_an_error_in_the_report_ends_the_search(source, cache) -> None:
    class Cancelled(Exception):
        pass

    def cancel(progress: Progress) -> None:
        if progress.total:
            raise Cancelled

    with pytest.raises(Cancelled):
        search_uncertain_regions(source, MODEL, None, cancel, cache)


@pytest.mark.parametrize("names", [("y", "x"), ("t", "c", "y", "x")])
def test_corners_enclose_the_pixels_of_a_box(names) -> None:
    shape = [{"t": 4, "c": 2, "y": 64, "x": 48}[name] for name in names]
    layer = Image(np.zeros(shape, np.uint8), axis_labels=names)
    choice = RegionChoice(scope=CURRENT_SLICE)
    source = make_image_source(layer, (0,) * layer.ndim, choice)
    corners = box_corners(source, UncertainRegion(10, 20, 8, 0.1))
    assert corners.shape == (4, len(names))
    assert corners[:, -2:].min(axis=0).tolist() == [9.5, 19.5]
    assert corners[:, -2:].max(axis=0).tolist() == [17.5, 27.5]
    assert not corners[:, :-2].any()


def test_boxes_become_a_shapes_layer_with_rank_and_uncertainty(source) -> None:
    boxes = [UncertainRegion(0, 0, 30, 0.25), UncertainRegion(60, 60, 30, 0.1)]
    kwargs = shapes_layer_kwargs(UncertainRegions(source, "discs", boxes))
    layer = Shapes(**kwargs)
    assert layer.name == "where to paint: cells"
    assert len(layer.data) == 2
    assert list(layer.features["rank"]) == [1, 2]
    assert list(layer.features["uncertainty"]) == [0.25, 0.1]
    assert holds_suggested_regions(layer)
    assert not holds_suggested_regions(Shapes())
    assert holds_suggested_regions(Shapes(metadata={"napari_nuclei_doubt": {}}))
