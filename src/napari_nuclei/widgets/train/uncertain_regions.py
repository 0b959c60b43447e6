"""Where a model is least sure of a plane, as boxes to annotate next; without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.diameter import median_diameter
from napari_nuclei.core.maps import full_foreground
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.uncertainty import (
    TEST_TIME_VIEWS,
    UncertainRegion,
    find_uncertain_regions,
    prediction_spread,
)
from napari_nuclei.widgets.segment.in_memory import SegmenterCache
from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import ImageSource

MAX_BOXES = 8

BOX_SIDE_IN_DIAMETERS = 3
"""Side of a box, in diameters of a nucleus: a handful of nuclei."""

MIN_BOX_SIDE = 24
"""In pixels."""

UNCERTAINTY_KEY = "napari_nuclei_doubt"
"""Under this key of a layer's metadata stands that its boxes are to be annotated."""


@dataclass(frozen=True, slots=True)
class UncertainRegions:
    """The places of a plane to annotate next.

    Attributes
    ----------
    source : ImageSource
        The plane.
    model : str
        Whose doubts they are.
    boxes : list of UncertainRegion
        The most doubtful first.
    """

    source: ImageSource
    model: str
    boxes: list[UncertainRegion]


def search_uncertain_regions(
    source: ImageSource,
    model: Path,
    annotated: Sample | None,
    report: ProgressCallback,
    segmenter_cache: SegmenterCache | None = None,
) -> UncertainRegions:
    """Look at a plane from several sides; called in a thread.

    Parameters
    ----------
    source : ImageSource
        One plane of an image.
    model : Path
        Folder of the model.
    annotated : Sample, optional
        What is annotated there already: no region is suggested in its `annotated`
        mask; its `labels` give the size of the nuclei.
    report : callable
        Is given a `Progress` for every few tiles; ends the search by raising.
    segmenter_cache : SegmenterCache, optional
        Keeps the model between searches.
    """
    report(Progress(0, 0, "Loading the model"))
    segmenter = (segmenter_cache or SegmenterCache()).get(model)
    (place,) = source.layout.plane_indices()
    plane = normalize(source.layout.read_plane(source.data, place))
    report(Progress(0, 0, "Measuring the diameter"))
    measured = segmenter.estimate_diameter([plane], SegmentConfig())
    diameter = measured if np.isfinite(measured) else segmenter.card.diameter
    config = SegmentConfig(diameter=diameter)
    scale = segmenter.choose_scale([plane], config, None)
    seen = 0

    def predict(view: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal seen

        def tell(done: int, total: int) -> None:
            text = "Looking from several sides"
            report(Progress(seen * total + done, len(TEST_TIME_VIEWS) * total, text))

        maps = segmenter.predict(view, scale=scale, config=config, progress=tell)
        seen += 1
        return full_foreground(maps)

    known, width = None, diameter
    if annotated is not None:
        known = annotated.annotated
        if annotated.labels.any():  # the model may not see nuclei rightly
            width = median_diameter([annotated.labels])
    side = max(MIN_BOX_SIDE, round(BOX_SIDE_IN_DIAMETERS * width))
    boxes = find_uncertain_regions(
        prediction_spread(plane, predict), side, MAX_BOXES, known
    )
    return UncertainRegions(source, segmenter.card.name, boxes)


def box_corners(source: ImageSource, box: UncertainRegion) -> NDArray[np.float64]:
    """Return the corners of a box, in pixels of the layer it is drawn in.

    Returns
    -------
    ndarray of float, shape (4, axes of that layer)
    """
    low, high = (box.row, box.column), (box.row + box.side, box.column + box.side)
    axes = list(source.layout.label_axes)
    if source.labels_channel_axis is not None:
        axes.insert(source.labels_channel_axis, "C")
    places = []
    for row, column in ((low[0], low[1]), (low[0], high[1]), high, (high[0], low[1])):
        where = {"Y": row - 0.5, "X": column - 0.5}
        places.append([where.get(axis, 0.0) for axis in axes])
    return np.array(places)


def shapes_layer_kwargs(doubt: UncertainRegions) -> dict[str, Any]:
    """Return what a viewer's `add_shapes` is called with."""
    source = doubt.source
    return {
        "data": [box_corners(source, box) for box in doubt.boxes],
        "shape_type": "polygon",
        "name": f"annotate next: {source.name}",
        **source.transform,
        "features": {
            "rank": np.arange(1, len(doubt.boxes) + 1),
            "doubt": np.array([round(box.uncertainty, 4) for box in doubt.boxes]),
        },
        "text": {"string": "{rank}", "color": "yellow", "anchor": "upper_left"},
        "edge_color": "yellow",
        "face_color": "transparent",
        "metadata": {UNCERTAINTY_KEY: {"model": doubt.model}},
    }
