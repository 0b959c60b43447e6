"""The first run of a new model: on the image that it has learnt from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer


def first_run(
    viewer: napari.viewer.Viewer,
    image: napari.layers.Image,
    model: str,
    diameter: float | None,
) -> None:
    """Open the Segment widget and run a model at the size of the painted nuclei.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    image : napari.layers.Image
    model : str
        Its name.
    diameter : float, optional
        Of the nuclei that were painted, in pixels; what the widget says counts where
        that is not known.
    """
    opened = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    segment = opened[1]
    segment.form.models.refresh()
    segment.form.image.value = image
    segment.form.model.value = model
    if diameter is not None:
        segment.take_painted(diameter)
    segment.start()
