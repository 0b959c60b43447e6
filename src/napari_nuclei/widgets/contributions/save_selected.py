"""Save the selected Labels layer, for commands of napari's command palette."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari
from napari.layers import Labels
from napari.utils.notifications import show_error, show_info
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.io.writers import find_writers

NOTHING_SELECTED = "Select a Labels layer first, then run this command again."


def save_selected_layer(
    name: str, write: Callable[[str, Any, dict[str, Any]], list[str]]
) -> list[str]:
    """Ask for a path and write the selected Labels layer; show what was done.

    Parameters
    ----------
    name : str
        Name of the format.
    write : callable
        Takes the path, the labels and the attributes of the layer.

    Returns
    -------
    list of str
        The path; empty if there is no Labels layer, or the dialog was cancelled.
    """
    viewer = napari.current_viewer()
    layer = None if viewer is None else viewer.layers.selection.active
    if viewer is None or not isinstance(layer, Labels):
        show_info(NOTHING_SELECTED)
        return []
    path = ask_path(layer.name, name)
    if path is None:
        return []
    data, meta, _ = layer.as_layer_data_tuple()
    try:
        written = write(str(path), data, meta)
    except USER_ERRORS as error:
        show_error(format_error(error))
        return []
    show_info(f"Saved {', '.join(written)}")
    return written


def ask_path(layer: str, name: str) -> Path | None:
    """Ask where to write a layer; None if the dialog was cancelled.

    Parameters
    ----------
    layer : str
        Name of the layer.
    name : str
        Name of the format.
    """
    (writer,) = find_writers([name])
    suffix = Path(writer.ending).suffix
    proposed = layer.replace("/", "-").replace("\\", "-") + suffix
    chosen, _ = QFileDialog.getSaveFileName(
        QApplication.activeWindow(), f"Save {layer}", proposed, f"*{suffix}"
    )
    return Path(chosen) if chosen else None
