"""The section that sorts nuclei into classes by limits of a column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import LineEdit, PushButton
from qtpy.QtCore import QTimer

from napari_nuclei.core.classify.h_score import h_score
from napari_nuclei.core.classify.positive_share import describe_share
from napari_nuclei.core.classify.thresholds import NAMES, Thresholds
from napari_nuclei.io.outlines.class_colours import choose_colours
from napari_nuclei.widgets.nuclei.sections.columns_section import numeric_columns
from napari_nuclei.widgets.nuclei.sections.save_plot import save_plot
from napari_nuclei.widgets.nuclei.sections.section import DELAY_MS, Section
from napari_nuclei.widgets.nuclei.sections.shown_nuclei import (
    filter_note,
    shown_nuclei,
)
from napari_nuclei.widgets.nuclei.sections.written_classes import WrittenClasses
from napari_nuclei.widgets.shared.form import column, combo, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

DAB = "_dab_mean"
"""End of the name of the column with the mean optical density of DAB."""

INDEX_STAINS = ("haematoxylin", "dab")
POSITIVE, INDEX = "Positive", "Ki67 index"


class ThresholdsSection(Section):
    """Sort nuclei by one to three limits of a column; the lines can be dragged."""

    name = "Classes by threshold"
    tooltip = (
        "Sort nuclei into positive and negative ones, or into grades, by a column."
    )

    def build(self) -> None:
        """Create the controls and the histogram."""
        from napari_nuclei.widgets.nuclei.sections.histogram_plot import HistogramPlot

        self.column = combo(
            "column",
            lambda _: numeric_columns(self.session.frame),
            "Column that is compared with the limits.",
        )
        self.grades = combo(
            "grades",
            lambda _: [(", ".join(names), count) for count, names in NAMES.items()],
            "Classes: one limit for positive nuclei, two or three for grades.",
        )
        self.grades.label = "Classes"
        self.limits = LineEdit(
            name="limits",
            label="Limits",
            tooltip="One limit, or several in ascending order: 0.2, 0.4, 0.6. A "
            "nucleus above a limit belongs to the next class.",
        )
        self.suggest = PushButton(
            text="Suggest", tooltip="Find limits by Otsu's method."
        )
        self.index = PushButton(
            text="Ki67/DAB index",
            tooltip="Measure the stains of the RGB image, and count the nuclei whose "
            "mean optical density of DAB is above a limit.",
        )
        self.remove = PushButton(text="Remove", tooltip="Remove all classes.")
        self.save = PushButton(
            text="Save\u2026", tooltip="Save the plot as PNG or SVG."
        )
        self.plot = HistogramPlot()
        self.plot.follow_theme(self.session.viewer)
        self.thresholds: Thresholds | None = None
        self._share = POSITIVE
        self._classes = WrittenClasses(self.session)
        self._waits_for_stains = self._removed = False
        self._later = QTimer(self.fold)
        self._later.setSingleShot(True)
        self._later.setInterval(DELAY_MS)
        self._later.timeout.connect(self.apply)
        self.add(
            row([self.index, self.suggest]),
            column([self.column, self.grades, self.limits]),
            self.plot,
            row([self.remove, self.save]),
            self.message,
        )
        self.column.changed.connect(self._column_changed)
        self.grades.changed.connect(self.suggest_limits)
        self.limits.native.editingFinished.connect(self._typed)
        self.suggest.changed.connect(self.suggest_limits)
        self.index.changed.connect(self.show_index)
        self.remove.changed.connect(self._remove)
        self.save.changed.connect(
            lambda: save_plot(self, self.plot, str(self.column.value))
        )
        self.plot.limits_moved.connect(self._dragged)

    def update(self) -> None:
        """Show the column as it is now; classify new nuclei."""
        self.choose_column(self.column, [DAB, "_mean"])
        if self._waits_for_stains and dab_column(self.session.frame) is not None:
            self.show_index()
            return
        if self.column.value is None or not len(shown_nuclei(self.session)):
            self.plot.show_values([], "")
            self.plot.show_limits([])
            self.show_message("There are no nuclei to classify.")
            return
        self._show_values()
        if self._removed:
            return
        if self.thresholds is None or self.thresholds.column != self.column.value:
            self._suggest()
            if self._classes.exist:
                self._describe()
                return
        if self._classes.are_mine or not self._classes.exist:
            self.apply()
        else:
            self._describe()

    def set_thresholds(self, thresholds: Thresholds) -> None:
        """Classify all nuclei by these limits."""
        self.thresholds = thresholds
        self._show_limits()
        self.apply()

    def apply(self) -> None:
        """Write the classes into the table, and colour the nuclei."""
        self._removed = False
        if self.thresholds is not None and len(self.session.frame):
            self._classes.write(self.thresholds.classify(self.session.frame))
        self._describe()

    def suggest_limits(self, *_: Any) -> None:
        """Find limits by Otsu's method, and classify by them."""
        try:
            self._suggest()
        except ValueError as error:
            self.thresholds = None
            self._show_limits()
            self.show_message(str(error))
        else:
            self.apply()

    def show_index(self, *_: Any) -> None:
        """Count the nuclei that are positive for DAB, in an RGB image."""
        name = dab_column(self.session.frame)
        if name is None:
            self._measure_stains()
            return
        self._waits_for_stains = False
        with self.column.changed.blocked(), self.grades.changed.blocked():
            self.column.reset_choices()
            self.column.value, self.grades.value = name, 1
        self._share = INDEX
        self._show_values()
        self.suggest_limits()

    def _measure_stains(self) -> None:
        session = self.session
        if not any(image.rgb for image in session.images):
            self.show_message("Tick an RGB image of the tissue above first.")
            return
        if self._waits_for_stains:
            return
        self._waits_for_stains = True
        self.show_message("Measuring the stains.")
        session.set_settings(replace(session.settings, stains=INDEX_STAINS))

    def _suggest(self) -> None:
        table, name = shown_nuclei(self.session), self.column.value
        if name is None:
            raise ValueError("There are no nuclei to classify.")
        self.thresholds = Thresholds.suggest(table, name, self.grades.value)
        self._show_limits()

    def _show_values(self) -> None:
        name = self.column.value
        self.plot.show_values(shown_nuclei(self.session)[name], name)
        self._show_limits()

    def _show_limits(self) -> None:
        thresholds = self.thresholds
        if thresholds is None or thresholds.column != self.column.value:
            self.plot.show_limits([])
            self.limits.value = ""
            return
        names = NAMES[len(thresholds.limits)]
        colours = [np.array(colour) / 255 for colour in choose_colours(names).values()]
        self.plot.show_limits(thresholds.limits, colours)
        self._show_numbers()

    def _show_numbers(self) -> None:
        assert self.thresholds is not None
        self.limits.value = format_limits(self.thresholds.limits)

    def _describe(self) -> None:
        if self.thresholds is None:
            return
        table = shown_nuclei(self.session)
        grades = self.thresholds.grades(table)
        text = describe_share(int((grades > 0).sum()), len(grades), self._share) + "."
        count = len(self.thresholds.limits)
        if count > 1 and len(grades):
            numbers = np.bincount(grades, minlength=count + 1)
            parts = zip(NAMES[count], numbers.tolist(), strict=True)
            text += f" {', '.join(f'{name}: {number}' for name, number in parts)}."
            text += f" H-score {h_score(grades):.0f} of {100 * count}."
        missing = int(table[self.thresholds.column].isna().sum())
        if missing:
            text += f" {missing} have no value and count as negative."
        text += filter_note(self.session)
        if self._classes.exist and not self._classes.are_mine:
            text += " The table has other classes; drag a line to replace them."
        self.show_message(text)

    def _dragged(self, limits: Sequence[float]) -> None:
        self.thresholds = Thresholds(self.column.value, limits)
        self._show_numbers()
        if not self._later.isActive():
            self._later.start()

    def _typed(self) -> None:
        if self.thresholds is not None and (
            self.limits.value == format_limits(self.thresholds.limits)
        ):
            return
        try:
            limits = [float(part) for part in self.limits.value.split(",")]
            if not np.isfinite(limits).all():
                raise ValueError
        except ValueError:
            self.show_message(
                "Limits must be numbers with commas between them, such as 0.2, 0.4; "
                f"got {self.limits.value!r}"
            )
            return
        try:
            thresholds = Thresholds(self.column.value or "", limits)
        except ValueError as error:
            self.show_message(str(error))
            return
        with self.grades.changed.blocked():
            self.grades.value = len(limits)
        if self.column.value is not None:
            self.set_thresholds(thresholds)

    def _column_changed(self, *_: Any) -> None:
        self._share = POSITIVE
        self._show_values()
        self.suggest_limits()

    def _remove(self) -> None:
        self.thresholds, self._share, self._removed = None, POSITIVE, True
        self._show_limits()
        self._classes.remove()
        self.show_message("Classes removed. Press Suggest, or type a limit.")


def dab_column(table: pd.DataFrame) -> str | None:
    """Return the column with the mean optical density of DAB, if it was measured."""
    return next((str(name) for name in table if str(name).endswith(DAB)), None)


def format_limits(limits: Sequence[float]) -> str:
    """Return limits as text.

    Examples
    --------
    >>> format_limits([0.123456, 2])
    '0.12346, 2'
    """
    return ", ".join(f"{limit:.5g}" for limit in limits)
