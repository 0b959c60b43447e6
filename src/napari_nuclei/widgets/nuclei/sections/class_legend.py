"""Show the colour of each class and its number of nuclei."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

from napari_nuclei.core.classify.class_colours import class_colours

if TYPE_CHECKING:
    import pandas as pd


class ClassLegend(QLabel):  # type: ignore[misc]
    """A line per class: its colour, its name and its number of nuclei."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.hide()

    def show_classes(
        self, classes: pd.Series[Any] | None, clicked: Mapping[str, int]
    ) -> None:
        """Show classes; hide the legend if there are none.

        Parameters
        ----------
        classes : Series of str, optional
            Class of each nucleus; None or NaN for nuclei without one.
        clicked : dict of str to int
            Number of clicked nuclei of each class.
        """
        counts = {} if classes is None else classes.value_counts().to_dict()
        self.setText(legend_text({str(name): n for name, n in counts.items()}, clicked))
        self.setVisible(bool(counts))


def legend_text(counts: Mapping[str, int], clicked: Mapping[str, int]) -> str:
    """Return a legend as HTML.

    Parameters
    ----------
    counts, clicked : dict of str to int
        Number of nuclei, and of clicked ones, of each class.
    """
    lines = []
    for name, (red, green, blue) in class_colours(counts).items():
        clicks = f", {clicked[name]} clicked" if clicked.get(name) else ""
        lines.append(
            f'<span style="color: rgb({red}, {green}, {blue})">\u25a0</span> '
            f"{html.escape(name)}: {counts[name]}{clicks}"
        )
    return "<br>".join(lines)
