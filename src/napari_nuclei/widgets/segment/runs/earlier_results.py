"""Hide the results of earlier runs on the same pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.layer_data import record_of

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

SAME_PIXELS = ("image", "path", "channel", "level", "bounds")
"""Keys of a record that say which pixels were segmented."""


def hide_earlier_results(
    viewer: napari.viewer.Viewer, layer: napari.layers.Labels
) -> str:
    """Hide the labels that earlier runs made from the same pixels as a layer.

    Below the new labels, earlier ones would look like nuclei of the new ones: a nucleus
    that is deleted would still be there.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Labels
        The labels of the last run.

    Returns
    -------
    str
        A line that says what was hidden; empty if nothing was.
    """
    import napari.layers

    pixels = segmented_pixels(layer)
    earlier = [
        result
        for result in map(unwrap_layer, viewer.layers)
        if isinstance(result, napari.layers.Labels)
        and result is not layer
        and result.visible
        and segmented_pixels(result) == pixels
    ]
    for result in earlier:
        result.visible = False
    if not earlier:
        return ""
    names = " and ".join(f'"{result.name}"' for result in earlier)
    return f"{names} from an earlier run {'is' if len(earlier) == 1 else 'are'} hidden."


def segmented_pixels(layer: napari.layers.Layer) -> list[Any] | None:
    """Return which pixels a result was made from; None if the layer is not a result."""
    record = record_of(layer)
    return [record.get(key) for key in SAME_PIXELS] if record else None
