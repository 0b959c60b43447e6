"""The keys 0 to 9 of a layer, for as long as a section needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

DIGITS = range(10)


class DigitKeys:
    """Call a function with the digit and the label under the mouse.

    Keys act on the active layer only, so the layer is made active.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    call : callable
        Called with the digit, and the label at the mouse; 0 for none.
    """

    def __init__(
        self, viewer: napari.viewer.Viewer, call: Callable[[int, int], object]
    ) -> None:
        self._viewer, self._call = viewer, call
        self._layer: napari.layers.Labels | None = None
        self._former: dict[int, Any] = {}

    def bind(self, layer: napari.layers.Labels | None) -> None:
        """Take the keys of a layer; give those of the earlier layer back."""
        if layer is self._layer:
            return
        self.unbind()
        self._layer = layer
        if layer is None:
            return
        for digit in DIGITS:
            self._former[digit] = layer.bind_key(str(digit), None)
            layer.bind_key(str(digit), self._press(digit), overwrite=True)
        if layer in self._viewer.layers:
            self._viewer.layers.selection.active = layer

    def unbind(self) -> None:
        """Give the keys back to what they did before."""
        layer, self._layer = self._layer, None
        if layer is not None:
            for digit, former in self._former.items():
                layer.bind_key(str(digit), former, overwrite=True)
        self._former = {}

    def label_at_mouse(self) -> int:
        """Return the label under the mouse; 0 for background."""
        layer = self._layer
        if layer is None:
            return 0
        position = np.asarray(self._viewer.cursor.position, float)
        value = layer.get_value(
            position,
            view_direction=None,
            dims_displayed=list(self._viewer.dims.displayed),
            world=True,
        )
        if isinstance(value, tuple):  # level and value of a multiscale layer
            value = value[1]
        return int(value or 0)

    def _press(self, digit: int) -> Callable[[Any], None]:
        def press(layer: Any) -> None:
            self._call(digit, self.label_at_mouse())

        return press
