"""Colour the nuclei by a column of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import ComboBox, LineEdit

from napari_nuclei.core.colours import PALETTE
from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.nuclei.sections.legend import Legend
from napari_nuclei.widgets.nuclei.sections.written_classes import (
    CLASS,
    colours_of_classes,
)
from napari_nuclei.widgets.shared.fold import Fold
from napari_nuclei.widgets.shared.form import combo, number_or_none

if TYPE_CHECKING:
    from napari_nuclei.widgets.nuclei.table_session import TableSession

LAYER_COLOURS = "(colours of the layer)"
"""Choice of no column."""

COLORMAPS = ("viridis", "magma", "turbo", "plasma", "gray", "PiYG")
"""Names of napari's colormaps to choose from."""

MAX_CLASSES = 12
"""Largest number of different texts that get a colour each."""


class ColourSection(Fold):
    """Choose a column, a colormap and its limits; show a legend.

    Parameters
    ----------
    session : TableSession
    """

    def __init__(self, session: TableSession) -> None:
        self._session = session
        self.column_box = combo(
            "column", lambda _: self._choices(), "The column that gives the colours."
        )
        self.column_box.label = "Colour by"
        self.colormap = ComboBox(
            name="colormap",
            label="Colormap",
            choices=list(COLORMAPS),
            tooltip="Colours from the lowest to the highest value.",
        )
        self.low, self.high = (
            LineEdit(
                name=name,
                label=f"{name.capitalize()}est",
                tooltip=f"Value of the {end} colour; empty: chosen from the table.",
            )
            for name, end in (("low", "first"), ("high", "last"))
        )
        controls = [self.column_box, self.colormap, self.low, self.high]
        super().__init__("Colour", controls, "Colour the nuclei by a column.")
        self.legend = Legend()
        self._classes: dict[str, list[float]] = {}
        self.addWidget(self.legend)
        for control in controls:
            control.changed.connect(self.apply)
        session.changed.connect(self._on_table)
        session.layers_changed.connect(self._on_table)

    def apply(self) -> None:
        """Colour by the chosen column; None gives back the former colours."""
        session, name = self._session, self.column_box.value
        self.low.native.setPlaceholderText("")
        self.high.native.setPlaceholderText("")
        if name in (None, LAYER_COLOURS) or session.labels_layer is None:
            session.colour_by(None)
            self.legend.clear()
            return
        try:
            if session.frame[name].dtype.kind in "biuf":
                self._colour_by_numbers(name)
            else:
                colours = class_colours(session, name)
                session.colour_by_class(name, colours)
                self._classes = colours
                self.legend.show_classes(colours)
        except ValueError as error:
            self.legend.clear()
            session.message_sent.emit(format_error(error))

    def _colour_by_numbers(self, name: str) -> None:
        low = number_or_none("Lowest", self.low.value)
        high = number_or_none("Highest", self.high.value)
        self._session.colour_by(name, self.colormap.value, (low, high))
        self._show_gradient()

    def _show_gradient(self) -> None:
        from napari.utils.colormaps import ensure_colormap

        limits = self._session.colours.limits
        self.legend.show_gradient(ensure_colormap(self.colormap.value), limits)
        for line, limit in zip((self.low, self.high), limits, strict=True):
            line.native.setPlaceholderText(f"{limit:.4g}")

    def _choices(self) -> list[str]:
        frame = self._session.frame
        names = [
            str(name)
            for name in frame.columns
            if frame[name].dtype.kind in "biuf" or frame[name].nunique() <= MAX_CLASSES
        ]
        return [LAYER_COLOURS, *names]

    def _on_table(self) -> None:
        if list(self.column_box.choices) != self._choices():
            self.column_box.reset_choices()
        # Another section may have chosen other colours.
        used = self._session.colours.column
        if used is None and self.column_box.value not in (None, LAYER_COLOURS):
            with self.column_box.changed.blocked():
                self.column_box.value = LAYER_COLOURS
            self.legend.clear()
        elif used is not None and used == self.column_box.value:
            classes = self._session.frame[used]
            if classes.dtype.kind in "biuf":
                self._show_gradient()
            elif class_colours(self._session, used) != self._classes:
                self.apply()


def class_colours(session: TableSession, column: str) -> dict[str, list[float]]:
    """Return a colour for each text of a column, as red, green, blue of 0 to 1.

    Classes have the same colours as in plots and files.
    """
    classes = session.frame[column]
    if column == CLASS:
        found = colours_of_classes(session, classes)
        return {name: [part / 255 for part in one] for name, one in found.items()}
    names = sorted({str(name) for name in classes.dropna()})
    return {
        name: (PALETTE[number % len(PALETTE)] / 255).tolist()
        for number, name in enumerate(names)
    }
