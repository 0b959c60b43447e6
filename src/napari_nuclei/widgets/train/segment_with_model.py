"""Open the Segment dock and run a model that was just trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.shared.dock import raise_dock

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer


def segment_with_model(
    viewer: napari.viewer.Viewer,
    image: napari.layers.Image,
    model: str,
    diameter: float | None,
    *,
    keep_corrected: bool | None = None,
) -> None:
    """Open the Segment dock and run a model with the diameter of the painted nuclei.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    image : napari.layers.Image
    model : str
        Name of the model.
    diameter : float, optional
        Diameter of the painted nuclei, in pixels; None leaves the dock's setting.
    keep_corrected : bool, optional
        Whether to keep the corrected nuclei of earlier results; None leaves the dock's
        setting.
    """
    _, dock = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    raise_dock(dock.native)
    dock.form.models.refresh()
    dock.form.image.value = image
    dock.form.model.value = model
    if diameter is not None:
        dock.set_painted_diameter(diameter)
    if keep_corrected is not None:
        dock.form.keep.box.value = keep_corrected
    dock.start()
