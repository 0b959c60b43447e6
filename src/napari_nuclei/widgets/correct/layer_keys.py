"""Keys of a labels layer, for as long as the dock is open; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import napari.layers


class LayerKeys:
    """Bind keys to a layer, and give them back.

    napari calls the functions only while the layer is active and no field takes the
    key, so that keys typed elsewhere stay what they are.

    Parameters
    ----------
    calls : dict of str to callable
        What each key calls.
    """

    def __init__(self, calls: Mapping[str, Callable[[], object]]) -> None:
        self._calls = dict(calls)
        self._layer: napari.layers.Labels | None = None
        self._former: dict[str, Any] = {}

    def bind(self, layer: napari.layers.Labels | None) -> None:
        """Bind the keys to a layer; give those of the earlier layer back."""
        if layer is self._layer:
            return
        self._restore()
        self._layer = layer
        if layer is None:
            return
        for key, call in self._calls.items():
            self._former[key] = layer.bind_key(key, None)
            layer.bind_key(key, without_layer(call), overwrite=True)

    def _restore(self) -> None:
        if self._layer is not None:
            for key, former in self._former.items():
                self._layer.bind_key(key, former, overwrite=True)
        self._former = {}


def without_layer(call: Callable[[], object]) -> Callable[[Any], None]:
    """Return a function for napari, which passes the layer."""

    def press(layer: Any) -> None:
        call()

    return press
