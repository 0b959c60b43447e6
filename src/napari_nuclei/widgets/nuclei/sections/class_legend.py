"""Show the colour of each class and its number of nuclei."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.io.outlines.class_colours import Colour


class ClassLegend(QLabel):  # type: ignore[misc]
    """A line per class: its colour, its name and its number of nuclei."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.hide()

    def show_classes(
        self,
        classes: pd.Series[Any] | None,
        colours: Mapping[str, Colour],
        clicked: Mapping[str, int],
    ) -> None:
        """Show classes; hide the legend if there are none.

        Parameters
        ----------
        classes : Series of str, optional
            Class of each nucleus; None or NaN for nuclei without one.
        colours : dict of str to tuple of int
            Red, green and blue of each class.
        clicked : dict of str to int
            Number of clicked nuclei of each class.
        """
        found = {} if classes is None else classes.value_counts().to_dict()
        counts = {str(name): number for name, number in found.items()}
        self.setText(legend_text(counts, colours, clicked))
        self.setVisible(bool(counts))


def legend_text(
    counts: Mapping[str, int],
    colours: Mapping[str, Colour],
    clicked: Mapping[str, int],
) -> str:
    """Return a legend as HTML.

    Parameters
    ----------
    counts : dict of str to int
        Number of nuclei of each class.
    colours : dict of str to tuple of int
        Red, green and blue of each class.
    clicked : dict of str to int
        Number of clicked nuclei of each class.
    """
    lines = []
    for name, (red, green, blue) in colours.items():
        if name not in counts:
            continue
        clicks = f", {clicked[name]} clicked" if clicked.get(name) else ""
        lines.append(
            f'<span style="color: rgb({red}, {green}, {blue})">\u25a0</span> '
            f"{html.escape(name)}: {counts[name]}{clicks}"
        )
    return "<br>".join(lines)
