"""Ask for a file to save or open."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QMessageBox, QWidget


def ask_save(parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
    """Ask where to save a file; None if the dialog was cancelled.

    Parameters
    ----------
    parent : QWidget
    title : str
    name : str
        Suggested name.
    kinds : str
        Types of files as Qt writes them, such as "PNG (*.png);;SVG (*.svg)". A name
        without a suffix gets that of the chosen type.
    """
    chosen, kind = QFileDialog.getSaveFileName(parent, title, name, kinds)
    if not chosen:
        return None
    path = Path(chosen)
    if path.suffix:
        return path
    path = path.with_name(path.name + suffix_of(kind or kinds))
    if path.exists() and not confirm_replacing(parent, path):
        return None
    return path


def confirm_replacing(parent: QWidget, path: Path) -> bool:
    """Ask whether to replace a file that the dialog of the system did not see."""
    answer = QMessageBox.question(
        parent, "Replace file", f"{path.name} already exists. Replace it?"
    )
    return bool(answer == QMessageBox.StandardButton.Yes)


def ask_open(parent: QWidget, title: str, kinds: str) -> Path | None:
    """Ask for a file to open; None if the dialog was cancelled."""
    chosen, _ = QFileDialog.getOpenFileName(parent, title, "", kinds)
    return Path(chosen) if chosen else None


def suffix_of(kind: str) -> str:
    """Return the first suffix of a type of files.

    Examples
    --------
    >>> suffix_of("SVG (*.svg)"), suffix_of("all files")
    ('.svg', '')
    """
    _, star, rest = kind.partition("*")
    return rest.split(")")[0].split()[0] if star else ""
