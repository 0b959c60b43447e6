"""Work on the selected layer, for menus and napari's command palette."""

from __future__ import annotations

from typing import Any

import napari
from napari.layers import Image, Labels
from napari.utils.notifications import show_info

from napari_nuclei.widgets.layers.layer_axes import has_axis

SELECT_IMAGE = "Select an Image layer first, then run this command again."
SELECT_LABELS = "Select a Labels layer first, then run this command again."
NO_TIME = (
    "The selected image has no axis called t. Name its axes first (layer.axis_labels), "
    "then run this command again."
)


def segment_selected() -> None:
    """Open the Segment dock and segment the selected image with its settings."""
    dock = open_dock("Segment nuclei", Image, SELECT_IMAGE)
    if dock is not None:
        dock.start()


def track_selected() -> None:
    """Open the Segment dock, tick Track nuclei, and segment the selected movie."""
    dock = open_dock("Segment nuclei", Image, SELECT_IMAGE)
    if dock is None:
        return
    if not has_axis(dock.form.image.value, "T"):
        show_info(NO_TIME)
        return
    dock.form.track.box.value = True
    dock.start()


def measure_selected() -> None:
    """Open the Nuclei table, which measures the selected labels."""
    open_dock("Nuclei table", Labels, SELECT_LABELS)


def open_dock(name: str, kind: type[Any], hint: str) -> Any | None:
    """Open a dock with the selected layer chosen, or with the only one of its kind.

    Parameters
    ----------
    name : str
        Name of the dock.
    kind : type
        Class that the selected layer must have.
    hint : str
        Message that is shown if no such layer is selected and there are several, or
        none.

    Returns
    -------
    widget or None
        The widget of the dock; None if the layer is not clear.
    """
    viewer = napari.current_viewer()
    layer = None if viewer is None else choose_layer(viewer, kind)
    if viewer is None or layer is None:
        show_info(hint)
        return None
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", name)
    if kind is Image:  # the dock may have been open, with another image
        widget.form.image.value = layer
    return widget


def choose_layer(viewer: napari.viewer.Viewer, kind: type[Any]) -> Any | None:
    """Return the selected layer, or the only one of its kind, which is selected then.

    A sample with true labels opens with these selected, and has one image.
    """
    layer = viewer.layers.selection.active
    if isinstance(layer, kind):
        return layer
    others = [one for one in viewer.layers if isinstance(one, kind)]
    if len(others) != 1:
        return None
    viewer.layers.selection.active = others[0]
    return others[0]
