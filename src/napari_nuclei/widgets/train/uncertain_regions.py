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
from napari_nuclei.core.uncertainty import VIEWS, Box, disagreement, doubtful_boxes
from napari_nuclei.widgets.segment.in_memory import Segmenters
from napari_nuclei.widgets.shared.progress import Report, Step

if TYPE_CHECKING:
    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import Source

MOST_BOXES = 8

SIDE = 3
"""Side of a box, in diameters of a nucleus: a handful of nuclei."""

LEAST_SIDE = 24
"""In pixels."""

KEY = "napari_nuclei_doubt"
"""Under this key of a layer's metadata stands that its boxes are to be annotated."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The places of a plane to annotate next.

    Attributes
    ----------
    source : Source
        The plane.
    model : str
        Whose doubts they are.
    boxes : list of Box
        The most doubtful first.
    """

    source: Source
    model: str
    boxes: list[Box]


def find_doubt(
    source: Source,
    model: Path,
    annotated: Sample | None,
    report: Report,
    segmenters: Segmenters | None = None,
) -> Doubt:
    """Look at a plane from several sides; called in a thread.

    Parameters
    ----------
    source : Source
        One plane of an image.
    model : Path
        Folder of the model.
    annotated : Sample, optional
        What is annotated there already: no box is sought where it is `known`, and its
        `labels` say how large nuclei are.
    report : callable
        Is given a `Step` for every few tiles; ends the search by raising.
    segmenters : Segmenters, optional
        Keeps the model between searches.
    """
    report(Step(0, 0, "Loading the model"))
    segmenter = (segmenters or Segmenters()).get(model)
    (place,) = source.layout.planes()
    plane = normalize(source.layout.read(source.data, place))
    report(Step(0, 0, "Measuring the diameter"))
    measured = segmenter.measure([plane], SegmentConfig())
    diameter = measured if np.isfinite(measured) else segmenter.card.diameter
    config = SegmentConfig(diameter=diameter)
    scale = segmenter.choose_scale([plane], config, None)
    seen = 0

    def predict(view: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal seen

        def tell(done: int, total: int) -> None:
            text = "Looking from several sides"
            report(Step(seen * total + done, len(VIEWS) * total, text))

        maps = segmenter.predict(view, scale=scale, config=config, progress=tell)
        seen += 1
        return full_foreground(maps)

    known, width = None, diameter
    if annotated is not None:
        known = annotated.known
        if annotated.labels.any():  # the model may not see nuclei rightly
            width = median_diameter([annotated.labels])
    side = max(LEAST_SIDE, round(SIDE * width))
    boxes = doubtful_boxes(disagreement(plane, predict), side, MOST_BOXES, known)
    return Doubt(source, segmenter.card.name, boxes)


def corners(source: Source, box: Box) -> NDArray[np.float64]:
    """Return the corners of a box, in pixels of the layer it is drawn in.

    Returns
    -------
    ndarray of float, shape (4, axes of that layer)
    """
    low, high = (box.row, box.column), (box.row + box.side, box.column + box.side)
    axes = list(source.layout.label_axes)
    if source.thick_axis is not None:
        axes.insert(source.thick_axis, "C")
    places = []
    for row, column in ((low[0], low[1]), (low[0], high[1]), high, (high[0], low[1])):
        where = {"Y": row - 0.5, "X": column - 0.5}
        places.append([where.get(axis, 0.0) for axis in axes])
    return np.array(places)


def shapes_arguments(doubt: Doubt) -> dict[str, Any]:
    """Return what a viewer's `add_shapes` is called with."""
    source = doubt.source
    return {
        "data": [corners(source, box) for box in doubt.boxes],
        "shape_type": "polygon",
        "name": f"annotate next: {source.name}",
        **source.pose,
        "features": {
            "rank": np.arange(1, len(doubt.boxes) + 1),
            "doubt": np.array([round(box.doubt, 4) for box in doubt.boxes]),
        },
        "text": {"string": "{rank}", "color": "yellow", "anchor": "upper_left"},
        "edge_color": "yellow",
        "face_color": "transparent",
        "metadata": {KEY: {"model": doubt.model}},
    }
