"""Ask whether a short axis without a name holds the channels or planes of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from magicgui.widgets import ComboBox

from napari_nuclei.widgets.layers.image_source import RegionChoice
from napari_nuclei.widgets.layers.layer_axes import ambiguous_axis, full_shape
from napari_nuclei.widgets.segment.region_controls import (
    ASK,
    CHANNELS,
    ORDINALS,
    PLANES,
)
from napari_nuclei.widgets.shared.form import combo

if TYPE_CHECKING:
    import napari.layers


class ShortAxis:
    """A combo for the short axis of the chosen image; answers belong to their image.

    Parameters
    ----------
    image : ComboBox
        The combo of image layers.

    Attributes
    ----------
    box : ComboBox
        Needed only if `is_needed`.
    """

    def __init__(self, image: ComboBox) -> None:
        self._image = image
        self._answers: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        self.box = combo(
            "short_axis",
            lambda _: [ASK, CHANNELS, PLANES],
            "A short axis without a name holds the channels of one image, or several "
            "images: planes of a stack. Choose which.",
        )
        self.box.changed.connect(self._answered)

    @property
    def is_needed(self) -> bool:
        """Whether the chosen image has a short axis without a name."""
        return find_short_axis(self._image.value) is not None

    def show_image(self) -> None:
        """Show the axis of the chosen image, and the answer for it."""
        layer = self._image.value
        axis = find_short_axis(layer)
        if axis is None:
            return
        self.box.label = f"{ORDINALS[axis]} axis ({full_shape(layer)[axis]})"
        self.box.value = self._answers.get(layer, ASK)

    def choice(
        self, layer: napari.layers.Image, labels: napari.layers.Labels | None = None
    ) -> RegionChoice:
        """Return how the axes of an image are read.

        Parameters
        ----------
        layer : napari.layers.Image
        labels : napari.layers.Labels, optional
            If they have one axis less than the image, that axis holds channels.

        Raises
        ------
        ValueError
            If the user must choose first.
        """
        axis = find_short_axis(layer)
        answer = self._answers.get(layer, ASK)
        if axis is None or answer == PLANES:
            return RegionChoice()
        if answer == CHANNELS or (labels is not None and labels.ndim < layer.ndim):
            return RegionChoice(channel_axis=axis)
        place = "above"
        if layer is not self._image.value:
            place = "after you have chosen it as image above"
        raise ValueError(
            f"Choose {place} whether the {ORDINALS[axis].lower()} axis of "
            f"{layer.name}, of length {full_shape(layer)[axis]}, holds channels or "
            "planes"
        )

    def _answered(self) -> None:
        if self.is_needed:
            self._answers[self._image.value] = self.box.value


def find_short_axis(layer: napari.layers.Image | None) -> int | None:
    """Return the index of an axis of channels or planes; None if there is no such."""
    axis = None if layer is None or layer.ndim < 3 else ambiguous_axis(layer)
    return axis if axis is None or axis < len(ORDINALS) else None
