"""Ask for files and open them, for commands of napari's command palette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import napari
from napari.utils.notifications import show_info
from qtpy.QtWidgets import QApplication, QFileDialog

PLUGIN = "napari-nuclei"


def ask_and_open(
    title: str,
    suffixes: Sequence[str],
    accepts: Callable[[str], object],
    hint: str,
) -> None:
    """Ask for files and open them as layers.

    Parameters
    ----------
    title : str
        Title of the dialog.
    suffixes : sequence of str
        Of the files that are offered.
    accepts : callable
        Takes a path; returns the function that reads it, or None.
    hint : str
        Sentence about the files that are accepted, for a message about others.
    """
    viewer = napari.current_viewer()
    if viewer is None:
        return
    patterns = " ".join(f"*{suffix}" for suffix in suffixes)
    chosen, _ = QFileDialog.getOpenFileNames(
        QApplication.activeWindow(), title, "", f"{title} ({patterns})"
    )
    for path in chosen:
        if accepts(path) is None:
            show_info(f"{Path(path).name} cannot be opened here. {hint}")
        else:
            viewer.open(path, plugin=PLUGIN)
