"""The section with a histogram whose ends filter the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import LineEdit, PushButton

from napari_nuclei.core.measure.counts import counted
from napari_nuclei.widgets.nuclei.sections.columns_section import numeric_columns
from napari_nuclei.widgets.nuclei.sections.save_plot import save_plot
from napari_nuclei.widgets.nuclei.sections.section import Section
from napari_nuclei.widgets.nuclei.sections.shown_nuclei import filter_note
from napari_nuclei.widgets.shared.form import column, combo, number_or_none, row

if TYPE_CHECKING:
    from collections.abc import Sequence

FILTER = "histogram"
"""Name of the filter of the table that this section sets."""


class HistogramSection(Section):
    """Filter the table by the two ends of a range in a histogram."""

    name = "Histogram"
    tooltip = "Show the distribution of a column; drag the ends to filter the table."

    def build(self) -> None:
        """Create the combo, the plot and the two numbers."""
        from napari_nuclei.widgets.nuclei.sections.histogram_plot import HistogramPlot

        self.column = combo(
            "column",
            lambda _: numeric_columns(self.session.frame),
            "Column whose values are shown.",
        )
        self.low = LineEdit(name="low", label="From", tooltip="Smallest value shown.")
        self.high = LineEdit(name="high", label="To", tooltip="Largest value shown.")
        self.low.native.setPlaceholderText("no limit")
        self.high.native.setPlaceholderText("no limit")
        self.reset = PushButton(text="Show all", tooltip="Remove this filter.")
        self.save = PushButton(
            text="Save\u2026", tooltip="Save the plot as PNG or SVG."
        )
        self.plot = HistogramPlot()
        self.plot.follow_theme(self.session.viewer)
        self.limits: tuple[float | None, float | None] = (None, None)
        self.add(
            column([self.column]),
            self.plot,
            column([self.low, self.high]),
            row([self.reset, self.save]),
            self.message,
        )
        self.column.changed.connect(self._column_changed)
        self.plot.limits_moved.connect(self._dragged)
        for line in (self.low, self.high):
            line.native.editingFinished.connect(self._typed)
        self.reset.changed.connect(self._show_all)
        self.save.changed.connect(
            lambda: save_plot(self, self.plot, str(self.column.value))
        )

    def update(self) -> None:
        """Show the values of the column as they are now."""
        chosen = self.column.value
        self.choose_column(self.column, ["_mean"])
        if self.column.value is None or not len(self.session.frame):
            self.plot.show_values([], "")
            self.plot.show_limits([])
            self.show_message("There are no nuclei to show.")
            return
        if self.column.value != chosen and chosen is not None:
            self._column_changed()
            return
        self.plot.show_values(self.session.frame[self.column.value], self.column.value)
        self._show_limits()
        self._describe()

    def set_limits(self, low: float | None, high: float | None) -> None:
        """Show only nuclei with values from `low` to `high`; None for no limit.

        Raises
        ------
        ValueError
            If `low` is above `high`.
        """
        if low is not None and high is not None and low > high:
            raise ValueError(f"From must not be above To; got {low:g} and {high:g}")
        self.limits = low, high
        self._show_limits()
        self._filter()

    def _show_limits(self) -> None:
        values = self.plot.values
        ends = (values.min(), values.max()) if len(values) else (0.0, 0.0)
        shown = [
            float(end) if limit is None else limit
            for limit, end in zip(self.limits, ends, strict=True)
        ]
        shown[1] = max(shown)  # a single limit beyond all values
        self.plot.show_limits(shown if len(values) else [])
        self._show_numbers()

    def _show_numbers(self) -> None:
        for line, limit in zip((self.low, self.high), self.limits, strict=True):
            line.value = "" if limit is None else f"{limit:.5g}"

    def _filter(self) -> None:
        name, (low, high) = self.column.value, self.limits
        if name is None or (low is None and high is None):
            self.session.set_filter(None, FILTER)
        else:
            self.session.set_filter(range_expression(name, low, high), FILTER)
        self._describe()

    def _describe(self) -> None:
        missing = len(self.session.frame) - len(self.plot.values)
        text = f"{counted(missing, 'nucleus')} without a value." if missing else ""
        self.show_message((text + filter_note(self.session)).strip())

    def _dragged(self, limits: Sequence[float]) -> None:
        values = self.plot.values
        low = limits[0] if limits[0] > values.min() else None
        high = limits[1] if limits[1] < values.max() else None
        self.limits = low, high
        self._show_numbers()
        self._filter()

    def _typed(self) -> None:
        try:
            limits = [
                number_or_none(str(line.label), line.value)
                for line in (self.low, self.high)
            ]
            # The numbers shown are rounded; those of a drag stay exact.
            limits = [
                old if old is not None and f"{old:.5g}" == line.value else new
                for old, new, line in zip(
                    self.limits, limits, (self.low, self.high), strict=True
                )
            ]
            if any(limit is not None and not np.isfinite(limit) for limit in limits):
                raise ValueError("From and To must be finite numbers")
            if tuple(limits) != self.limits:
                self.set_limits(*limits)
        except ValueError as error:
            self.show_message(str(error))

    def _column_changed(self, *_: Any) -> None:
        self.limits = (None, None)
        self.session.set_filter(None, FILTER)
        self.update_now()

    def _show_all(self) -> None:
        self.set_limits(None, None)


def range_expression(name: str, low: float | None, high: float | None) -> str:
    """Return a filter for values in a range.

    Examples
    --------
    >>> range_expression("area", 10.5, None), range_expression("area", 1, 2)
    ('`area` >= 10.5', '`area` >= 1 and `area` <= 2')
    """
    parts = [] if low is None else [f"`{name}` >= {low!r}"]
    parts += [] if high is None else [f"`{name}` <= {high!r}"]
    return " and ".join(parts)
