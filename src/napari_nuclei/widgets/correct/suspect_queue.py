"""The nuclei of a layer in the order of how likely they are wrong; without Qt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_nuclei.widgets.correct.session import CorrectionSession
from napari_nuclei.widgets.correct.shown_part import Pixel
from napari_nuclei.widgets.nuclei.camera import show_nucleus
from napari_nuclei.widgets.nuclei.live.live_table import LiveTable
from napari_nuclei.widgets.nuclei.live.measuring import (
    axes_of,
    longest_sides,
    positions_of,
)

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

CONFIDENCE = "confidence"
SMALLEST_SHARE, SHARE = 1 / 16, 1 / 6
"""Part of the view below which a suspect is too small, and which it fills then."""


class SuspectQueue:
    """Show one suspect after another.

    Nuclei that were accepted or corrected are left out. The order follows the edits.

    Parameters
    ----------
    session : CorrectionSession
    live : LiveTable, optional
        Measures the layer and follows its edits; by default at once.

    Attributes
    ----------
    table : DataFrame
        One row per nucleus, the most likely errors first, with the columns
        `error_probability` and `reason`.
    current : int, optional
        Label of the suspect that is shown.
    error : str
        Why there is no queue; empty if there is one.
    """

    changed = Signal()

    def __init__(
        self, session: CorrectionSession, live: LiveTable | None = None
    ) -> None:
        import pandas as pd

        self.session = session
        self.live = live or LiveTable()
        self.live.on_measured = self._on_measured
        self.live.on_failed = self._on_failed
        self.table: pd.DataFrame = pd.DataFrame(index=pd.Index([], name="label"))
        self.current: int | None = None
        self.error = ""
        self._edited: set[int] = set()
        self._shown: list[int] = []
        session.layer_changed.connect(self.measure)
        session.accepted.connect(self._on_accepted)

    @property
    def diameter(self) -> float | None:
        """Median diameter of the nuclei, in pixels; None without nuclei."""
        if not len(self.table) or "diameter" not in self.table.columns:
            return None
        return float(np.median(self.table["diameter"]))

    def measure(self) -> None:
        """Measure all nuclei of the layer again."""
        self.current, self._edited, self._shown = None, set(), []
        layer = self.session.layer
        if layer is None:
            self.live.stop()
            self._on_failed("")
            return
        try:
            self.live.follow(layer, [])
        except (TypeError, ValueError) as error:
            self._on_failed(str(error))

    def describe(self) -> str:
        """Return how much was checked, and how many errors are probably left."""
        if self.session.layer is None or not len(self.table):
            return self.error or "There are no nuclei to check."
        checked = self.session.state.checked & set(self.table.index)
        left = expected_errors(self.table, checked)
        return (
            f"{len(checked)} of {len(self.table)} checked, "
            f"expected errors left: {left:.0f}"
        )

    def describe_current(self) -> str:
        """Return why the nucleus that is shown is suspect."""
        if self.current is None or self.current not in self.table.index:
            return ""
        row = self.table[self.table.index == self.current].iloc[0]
        return f"Nucleus {self.current}: {row['reason']}"

    def next(self) -> bool:
        """Show the most likely error that was not shown yet; False if there is none."""
        waiting = self._waiting()
        if not waiting:
            return False
        unseen = [label for label in waiting if label not in self._shown]
        if not unseen:  # again from the first
            self._shown = []
            unseen = [one for one in waiting if one != self.current] or waiting
        self._shown.append(unseen[0])
        self._show(unseen[0])
        return True

    def previous(self) -> bool:
        """Show the suspect before; False if there is none."""
        present = set(self.table.index)
        back = [one for one in self._shown if one in present]
        if self.current in back:
            back = back[: back.index(self.current)]
            self._shown = [*back, self.current] if not back else back
        if not back:
            return False
        self._show(back[-1])
        return True

    def close(self) -> None:
        """Stop following the layer."""
        self.live.stop()

    def _waiting(self) -> list[int]:
        checked = self.session.state.checked if self.session.layer is not None else ()
        return [int(label) for label in self.table.index if label not in checked]

    def _show(self, label: int) -> None:
        layer = self.session.layer
        if layer is None:
            return
        self.current = label
        row = self.table[self.table.index == label].iloc[:1]
        (centre,), (size,) = positions_of(row, axes_of(layer)), longest_sides(row)
        show_nucleus(
            self.session.viewer,
            layer,
            centre,
            float(size),
            smallest_share=SMALLEST_SHARE,
            share=SHARE,
        )
        self.session.select(label, self._pixel(layer, centre))
        self.changed.emit()

    def _pixel(self, layer: napari.layers.Labels, centre: np.ndarray) -> Pixel | None:
        try:
            part = self.session.part()
        except ValueError:
            return None
        return part.pixel(layer, layer.data_to_world(centre))

    def _on_measured(self, measured: pd.DataFrame, edited: Iterable[int]) -> None:
        layer = self.session.layer
        if layer is None:
            return
        self.error = ""
        self._edited.update(edited)
        self.table = rank_suspects(with_confidence(measured, layer, self._edited))
        self.changed.emit()

    def _on_failed(self, message: str) -> None:
        self.error = message
        self.table = self.table.iloc[:0]
        self.changed.emit()

    def _on_accepted(self, accepted: object) -> None:
        self.changed.emit()


def rank_suspects(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in the order of falling probability of an error."""
    confidence = 1.0
    if CONFIDENCE in table.columns:
        confidence = table[CONFIDENCE].fillna(1.0).to_numpy()
    ranked = table.assign(error_probability=1 - confidence)
    ranked["reason"] = [f"confidence {1 - p:.2f}" for p in ranked["error_probability"]]
    return ranked.sort_values("error_probability", ascending=False, kind="stable")


def expected_errors(table: pd.DataFrame, checked: Iterable[int]) -> float:
    """Return the expected number of errors among nuclei that were not checked."""
    return float(table["error_probability"].drop(list(checked)).sum())


def with_confidence(
    measured: pd.DataFrame, layer: napari.layers.Labels, edited: Iterable[int]
) -> pd.DataFrame:
    """Return measurements with the confidence that the layer's features hold.

    Nuclei that were edited have none: it was that of their former outline.
    """
    features = layer.features
    if CONFIDENCE in measured.columns or CONFIDENCE not in features.columns:
        return measured
    if "label" not in features.columns:
        return measured
    values = features.dropna(subset=["label"]).set_index("label")[CONFIDENCE]
    if not values.index.is_unique:
        return measured
    values = values.drop(list(edited), errors="ignore")
    return measured.assign(**{CONFIDENCE: values.reindex(measured.index).to_numpy()})
