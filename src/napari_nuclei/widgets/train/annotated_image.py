"""An image layer with the labels painted on it, and the names of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from napari_nuclei.widgets.layers.image_source import ImageSource
from napari_nuclei.widgets.layers.layer_corrections import accepted_labels
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY, PREDICTION

if TYPE_CHECKING:
    from napari_nuclei.core.axes import PlaneIndex


@dataclass(frozen=True, slots=True)
class AnnotatedImage:
    """An image and the labels painted on it, fixed when Train is pressed.

    Attributes
    ----------
    source : ImageSource
    labels : array-like of int
        Labels of the source's shape without channels.
    metadata : dict
        Metadata of the labels layer.
    boxes : ndarray of bool, shape (Y, X), optional
        Mask of the inside of the boxes.
    background : int
        Label with which background was painted; 0 for none. Used by
        `IGNORE_UNPAINTED` only.
    layer : napari.layers.Labels, optional
        The layer of the labels, to be named in errors.
    """

    source: ImageSource
    labels: Any
    metadata: dict[str, Any]
    boxes: Any = None
    background: int = 0
    layer: Any = None

    @property
    def plane_axes(self) -> tuple[int, int]:
        """Row axis and column axis of the labels layer."""
        axes = list(self.source.layout.label_axes)
        channel_axis = self.source.choice.channel_axis
        has_more_axes = self.layer is not None and self.layer.ndim > len(axes)
        if has_more_axes and isinstance(channel_axis, int):
            axes.insert(channel_axis, "C")
        return axes.index("Y"), axes.index("X")

    @property
    def prediction(self) -> Any:
        """The labels as Segment nuclei made them; None if it did not make the layer."""
        return self.metadata.get(METADATA_KEY, {}).get(PREDICTION)

    @property
    def accepted(self) -> list[int]:
        """Labels that the user marked as right."""
        return accepted_labels(self.metadata)


def plane_names(source: ImageSource) -> list[tuple[str, PlaneIndex]]:
    """Return the name of the sample of each plane, and the index of the plane."""
    return [
        (" ".join([source.name, *(str(number) for number in index)]), index)
        for index in source.layout.plane_indices()
    ]


def numbered(name: str, number: int, count: int) -> str:
    """Return a name that starts with the number of its image if there are several."""
    return f"{number + 1} {name}" if count > 1 else name
