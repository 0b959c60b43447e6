"""What the Segment form asks for when Run is pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.layers.image_source import ImageSource
    from napari_nuclei.widgets.layers.layer_corrections import LayerSnapshot


@dataclass(frozen=True, slots=True)
class SegmentRequest:
    """The form's settings at the time when Run was pressed.

    Attributes
    ----------
    image : napari.layers.Image
    source : ImageSource
        The part of the image to segment.
    model : Path
        Folder of the model.
    config : SegmentConfig
    folder : Path, optional
        Folder for the labels of a large image; None for a run in memory.
    preview_transform : callable
        Returns the transform of labels that are downsampled by a whole number.
    diameter_from_labels : bool
        Whether the diameter is that of painted nuclei; then no other is suggested.
    outlines, probability, centroids : bool
        Further results to add.
    corrections : LayerSnapshot, optional
        An earlier result whose corrections are kept.
    """

    image: napari.layers.Image
    source: ImageSource
    model: Path
    config: SegmentConfig
    folder: Path | None
    preview_transform: Callable[[int], dict[str, Any]]
    diameter_from_labels: bool = False
    outlines: bool = False
    probability: bool = False
    centroids: bool = False
    corrections: LayerSnapshot | None = None
