"""Find the regions of a plane where a model is least certain, without Qt."""

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
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import ImageSource

MAX_BOXES = 8

BOX_SIDE_IN_DIAMETERS = 3
"""A box then holds a handful of nuclei."""

MIN_BOX_SIDE = 24
"""In pixels."""

UNCERTAINTY_KEY = "napari_nuclei_uncertainty"
"""Key in the metadata of a Shapes layer that holds suggested regions."""

OLD_UNCERTAINTY_KEY = "napari_nuclei_doubt"
"""The same key in layers that were saved by an earlier version."""


@dataclass(frozen=True, slots=True)
class UncertainRegions:
    """The regions of a plane to annotate next.

    Attributes
    ----------
    source : ImageSource
        The plane.
    model : str
        Name of the model.
    boxes : list of UncertainRegion
        The least certain first.
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
    """Find where predictions change when a plane is rotated and mirrored.

    Called in the worker thread.

    Parameters
    ----------
    source : ImageSource
        One plane of an image.
    model : Path
        Folder of the model.
    annotated : Sample, optional
        Annotations of the plane. Boxes avoid its `annotated` pixels, and its `labels`
        set the size of the boxes.
    report : callable
        Called with a `Progress` after every few tiles. An exception raised in it ends
        the search.
    segmenter_cache : SegmenterCache, optional
        Holds the loaded model between searches.

    Raises
    ------
    OSError, ValueError
        If the model or the plane cannot be read.
    """
    report(Progress(0, 0, "Loading the model"))
    segmenter = (segmenter_cache or SegmenterCache()).get(model)
    (plane_index,) = source.layout.plane_indices()
    plane = normalize(source.layout.read_plane(source.data, plane_index))
    report(Progress(0, 0, "Measuring the diameter"))
    measured = segmenter.estimate_diameter([plane], SegmentConfig())
    diameter = measured if np.isfinite(measured) else segmenter.card.diameter
    config = SegmentConfig(diameter=diameter)
    scale = segmenter.choose_scale([plane], config, None)
    views_done = 0

    def predict_foreground(view: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal views_done

        def report_tiles(done: int, total: int) -> None:
            report(
                Progress(
                    views_done * total + done,
                    len(TEST_TIME_VIEWS) * total,
                    "Checking where the model is unsure",
                )
            )

        maps = segmenter.predict_plane(
            view, scale=scale, config=config, progress=report_tiles
        )
        views_done += 1
        return full_foreground(maps)

    uncertainty = prediction_spread(plane, predict_foreground)
    annotated_mask = None
    if annotated is not None:
        annotated_mask = annotated.annotated
        if annotated.labels.any():  # more reliable than a model that is unsure
            diameter = median_diameter([annotated.labels])
    side = max(MIN_BOX_SIDE, round(BOX_SIDE_IN_DIAMETERS * diameter))
    boxes = find_uncertain_regions(uncertainty, side, MAX_BOXES, annotated_mask)
    return UncertainRegions(source, segmenter.card.name, boxes)


def box_corners(source: ImageSource, box: UncertainRegion) -> NDArray[np.float64]:
    """Return the corners of a box, in pixels of a layer with the source's transform.

    Returns
    -------
    ndarray of float, shape (4, axes of that layer)
    """
    # The centre of pixel 0 is at 0, so its outer edge is at -0.5.
    top, left = box.row - 0.5, box.column - 0.5
    bottom, right = top + box.side, left + box.side
    axes = list(source.layout.label_axes)
    if source.labels_channel_axis is not None:
        axes.insert(source.labels_channel_axis, "C")
    corners = np.zeros((4, len(axes)))
    corners[:, axes.index("Y")] = top, top, bottom, bottom
    corners[:, axes.index("X")] = left, right, right, left
    return corners


def shapes_layer_kwargs(regions: UncertainRegions) -> dict[str, Any]:
    """Return the keyword arguments of `add_shapes` for a layer of numbered boxes."""
    source = regions.source
    uncertainty = [round(box.uncertainty, 4) for box in regions.boxes]
    return {
        "data": [box_corners(source, box) for box in regions.boxes],
        "shape_type": "polygon",
        "name": f"where to paint: {source.name}",
        **source.transform,
        "features": {
            "rank": np.arange(1, len(regions.boxes) + 1),
            "uncertainty": np.array(uncertainty),
        },
        "text": {"string": "{rank}", "color": "yellow", "anchor": "upper_left"},
        "edge_color": "yellow",
        "face_color": "transparent",
        "metadata": {UNCERTAINTY_KEY: {"model": regions.model}},
    }


def holds_suggested_regions(layer: napari.layers.Layer) -> bool:
    """Return whether a layer holds suggested regions; layers saved earlier count."""
    return bool({UNCERTAINTY_KEY, OLD_UNCERTAINTY_KEY} & set(layer.metadata))
