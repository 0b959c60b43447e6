"""The section with a scatter plot whose lasso selects nuclei."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from magicgui.widgets import PushButton
from numpy.typing import NDArray

from napari_nuclei.widgets.nuclei.sections.columns_section import numeric_columns
from napari_nuclei.widgets.nuclei.sections.save_plot import save_plot
from napari_nuclei.widgets.nuclei.sections.section import Section
from napari_nuclei.widgets.nuclei.sections.shown_nuclei import (
    selected_mask,
    shown_nuclei,
)
from napari_nuclei.widgets.nuclei.sections.written_classes import (
    CLASS,
    colours_of_classes,
)
from napari_nuclei.widgets.shared.form import column, combo, row

if TYPE_CHECKING:
    import pandas as pd
    from magicgui.widgets import ComboBox

    from napari_nuclei.widgets.nuclei.sections.scatter_plot import PointGroup
    from napari_nuclei.widgets.nuclei.table_session import TableSession

MAX_GROUPS = 12
"""Number of classes above which points have one colour."""


class ScatterSection(Section):
    """Plot two columns; a lasso selects nuclei."""

    name = "Scatter plot"
    tooltip = (
        "Plot two columns against each other; draw around points to select nuclei."
    )

    def build(self) -> None:
        """Create the combos and the plot."""
        from napari_nuclei.widgets.nuclei.sections.scatter_plot import ScatterPlot

        self.x = self._combo("x", "X")
        self.y = self._combo("y", "Y")
        self.save = PushButton(
            text="Save\u2026", tooltip="Save the plot as PNG or SVG."
        )
        self.plot = ScatterPlot()
        self.plot.setToolTip(
            "Draw around points to select their nuclei. Shift adds to the selection; a "
            "click selects none."
        )
        self.plot.follow_theme(self.session.viewer)
        self.table: pd.DataFrame = self.session.frame
        self.add(column([self.x, self.y]), self.plot, row([self.save]), self.message)
        for box in (self.x, self.y):
            box.changed.connect(self.update_now)
        self.plot.lasso_drawn.connect(self._select)
        self.save.changed.connect(
            lambda: save_plot(self, self.plot, f"{self.x.value}_{self.y.value}")
        )
        self.session.selection_changed.connect(self._show_selected)

    def update(self) -> None:
        """Show the points of the two columns."""
        defaults = (["area", "volume"], ["_mean"])
        for box, endings in zip((self.x, self.y), defaults, strict=True):
            self.choose_column(box, endings)
        self.table = table = shown_nuclei(self.session)
        if self.x.value is None or self.y.value is None or not len(table):
            self.plot.show_points([], [], ("", ""), selected=[])
            self.show_message("There are no nuclei to show.")
            return
        self.plot.show_points(
            table[self.x.value],
            table[self.y.value],
            (self.x.value, self.y.value),
            selected=selected_mask(self.session, table),
            groups=point_groups(self.session, table),
        )
        self._describe()

    def _combo(self, name: str, label: str) -> ComboBox:
        box = combo(
            name,
            lambda _: numeric_columns(self.session.frame),
            f"Column along {label}.",
        )
        box.label = label
        return box

    def _select(self, inside: NDArray[np.bool_], add: bool) -> None:
        if len(inside) != len(self.table):  # the table has changed since it was drawn
            return
        labels = set(self.table.index[inside].tolist())
        self.session.select(labels | self.session.selected if add else labels)

    def _show_selected(self) -> None:
        if self.is_open and len(self.plot.points) == len(self.table):
            self.plot.show_selected(selected_mask(self.session, self.table))
            self._describe()

    def _describe(self) -> None:
        selected = int(self.plot.selected.sum())
        missing = int((~np.isfinite(self.plot.points)).any(axis=1).sum())
        text = f"{selected} of {len(self.table)} nuclei are selected."
        if missing:
            text += f" {missing} have no value and are not drawn."
        self.show_message(text)


def point_groups(session: TableSession, table: pd.DataFrame) -> list[PointGroup]:
    """Return the points of each class; none without a column `class`."""
    from napari_nuclei.widgets.nuclei.sections.scatter_plot import PointGroup

    if CLASS not in table:
        return []
    classes = table[CLASS].astype(object)
    if classes.nunique() > MAX_GROUPS:
        return []
    found = [
        PointGroup(name, [part / 255 for part in colour], (classes == name).to_numpy())
        for name, colour in colours_of_classes(session, classes).items()
    ]
    if classes.isna().any():
        found.append(PointGroup("no class", "#888888", classes.isna().to_numpy()))
    return found
