"""Show the counts of regions in a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ROWS_SHOWN = 8
"""Number of rows above which the table scrolls."""


class RegionTable(QTableWidget):  # type: ignore[misc]
    """A row per region, with shares and their intervals in percent."""

    def __init__(self) -> None:
        super().__init__(0, 0)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        self.show_counts(pd.DataFrame())

    def show_counts(self, counts: pd.DataFrame) -> None:
        """Show what `count_regions` returned."""
        titles, rows = table_text(counts)
        self.setColumnCount(len(titles))
        self.setHorizontalHeaderLabels(titles)
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.setItem(row, column, item)
        self.resizeColumnsToContents()
        height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
        height += self.horizontalScrollBar().sizeHint().height()
        shown = min(max(len(rows), 2), MAX_ROWS_SHOWN)
        self.setFixedHeight(height + shown * self.verticalHeader().defaultSectionSize())


def table_text(counts: pd.DataFrame) -> tuple[list[str], list[Sequence[str]]]:
    """Return the titles and the texts of the cells, one sequence per region."""
    if not len(counts):
        return [], []
    columns: dict[str, Sequence[str]] = {
        "Region": [str(name) for name in counts.index],
        "Nuclei": [str(number) for number in counts["nuclei"]],
    }
    if "area_mm2" in counts:
        columns["mm²"] = [f"{area:.4g}" for area in counts["area_mm2"]]
        columns["per mm²"] = [number(value) for value in counts["density_per_mm2"]]
    else:
        columns["px²"] = [str(area) for area in counts["area"]]
    if "share_positive" in counts:
        columns["Positive"] = [
            percent(share) for share in counts["share_positive"].tolist()
        ]
        ends = counts[["share_positive_low", "share_positive_high"]].to_numpy()
        columns["95 %"] = [
            "" if low != low else f"{100 * low:.1f} to {100 * high:.1f}"
            for low, high in ends.tolist()
        ]
    for name in counts:
        if name.startswith("median_"):
            title = f"Median {name.removeprefix('median_')}"
            columns[title] = [number(value) for value in counts[name]]
    return list(columns), list(zip(*columns.values(), strict=True))


def percent(share: float) -> str:
    """Return a share in percent; empty for NaN.

    Examples
    --------
    >>> percent(0.234), percent(float("nan"))
    ('23.4 %', '')
    """
    return "" if share != share else f"{100 * share:.1f} %"


def number(value: float) -> str:
    """Return a number with four digits; empty for NaN.

    Examples
    --------
    >>> number(1234.5678), number(float("nan"))
    ('1235', '')
    """
    return "" if value != value else f"{value:.4g}"
