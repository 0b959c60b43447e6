"""Save the plot of a section as a picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.widgets.nuclei.sections.ask_file import ask_save

if TYPE_CHECKING:
    from napari_nuclei.widgets.nuclei.sections.plot_canvas import PlotCanvas
    from napari_nuclei.widgets.nuclei.sections.section import Section

PICTURES = "PNG (*.png);;SVG (*.svg)"


def save_plot(section: Section, plot: PlotCanvas, name: str) -> None:
    """Ask for a file, save the plot, and show the outcome in the section."""
    stem = re.sub(r"\W+", "_", name).strip("_") or "plot"
    path = ask_save(section.fold, "Save the plot", f"{stem}.png", PICTURES)
    if path is None:
        return
    try:
        saved = plot.save(path)
    except USER_ERRORS as error:
        section.show_message(format_error(error))
    else:
        section.show_message(f"Saved {saved}.")
