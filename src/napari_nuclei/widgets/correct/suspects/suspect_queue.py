"""Nuclei and positions in the order of how likely they are wrong; without Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from napari_nuclei.core.correct.review import (
    expected_errors,
    rank_suspects,
    touching_shares,
)
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.shown_part import Pixel
from napari_nuclei.widgets.correct.suspects.layer_confidence import with_confidence
from napari_nuclei.widgets.correct.suspects.missed_positions import (
    find_missed,
    is_missed,
)
from napari_nuclei.widgets.layers.layer_corrections import predicted_labels
from napari_nuclei.widgets.nuclei.camera import show_nucleus
from napari_nuclei.widgets.nuclei.live.live_table import (
    Check,
    LiveTable,
    has_snapshot,
    run_now,
)
from napari_nuclei.widgets.nuclei.live.matching_images import (
    channel_axis_of_labels,
    labels_data,
)
from napari_nuclei.widgets.nuclei.live.measuring import (
    axes_of,
    longest_sides,
    positions_of,
)
from napari_nuclei.widgets.segment.live.relabel_layer import run_of

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

    from napari_nuclei.widgets.segment.result import RunResult

NO_LAYER = "No labels are open. Run Segment nuclei, or open a Labels layer."

MIN_VIEW_FRACTION, VIEW_FRACTION = 1 / 16, 1 / 6
"""Smallest part of the view that a suspect fills, and the part to which it is
zoomed."""


class SuspectQueue:
    """Show one suspect after another.

    Suspects are nuclei, and positions where the last run may have missed one. Left out
    are accepted and corrected nuclei, and dismissed or filled positions.

    Parameters
    ----------
    session : CorrectionSession
    live : LiveTable, optional
        Measures the layer and follows its edits; by default at once.

    Attributes
    ----------
    table : DataFrame
        One row per nucleus, likely errors first: `error_probability` and `reason`.
    missed : DataFrame
        Places without a label, with the same two columns; the index is below 0.
    current : int, optional
        Label of the nucleus that is shown, or index of the position.
    diameter : float, optional
        Median diameter of the nuclei, in pixels; None without nuclei.
    error : str
        Why there is no queue; empty if there is one.
    start : callable
        Does long work; as `run_now`. The dock replaces it by a thread.
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
        self.missed: pd.DataFrame = self.table
        self.current: int | None = None
        self.error = ""
        self.diameter: float | None = None
        self.start = run_now
        self._measured: pd.DataFrame = self.table
        self._touching: dict[int, float] | None = None
        self._searched: RunResult | None = None
        self._dismissed: set[int] = set()
        self._shown: list[int] = []
        session.layer_changed.connect(self.measure)
        session.accepted.connect(self._on_accepted)

    def measure(self) -> None:
        """Measure all nuclei of the layer again."""
        self.current, self._shown = None, []
        self._touching, self._dismissed = None, set()
        self.missed = self.missed.iloc[:0]
        if (layer := self.session.layer) is None:
            self.live.stop()
            self._on_failed(NO_LAYER)
            return
        try:
            self.live.follow(layer, [])
        except (TypeError, ValueError) as error:
            self._on_failed(str(error))

    def describe(self) -> str:
        """Return how much was checked, and how many errors are probably left."""
        if self.session.layer is None or not len(self.table):
            return self.error or "There are no nuclei to check."
        progress = expected_errors(self.table, self.session.state.checked)
        missed = self.missed["error_probability"] if len(self.missed) else {}
        more = sum(float(missed[index]) for index in self._open_positions())
        return str(replace(progress, expected_errors=progress.expected_errors + more))

    def describe_current(self) -> str:
        """Return why the selected nucleus, or the position shown, may be wrong."""
        session = self.session
        suspect = self.current if session.spot_size else session.selected
        row = self._row(suspect)
        if row is None or suspect is None:
            return ""
        reason = row["reason"].iloc[0]
        if is_missed(suspect):
            return f"Perhaps missed: {reason}. Add it, or press C if there is none."
        return f"Nucleus {suspect}{session.state.describe(suspect)}: {reason}"

    def dismiss(self) -> bool:
        """Leave out the position that is selected; False if there is none."""
        if self.current is None or not self.session.spot_size:
            return False
        self._dismissed.add(self.current)
        self.changed.emit()
        return True

    def next(self) -> bool:
        """Show the most likely error that was not shown yet; False if there is none."""
        self.follow_run()
        waiting = self._waiting()
        if not waiting:
            return False
        unseen = [label for label in waiting if label not in self._shown]
        if not unseen:  # again from the first
            self._shown = []
            unseen = [index for index in waiting if index != self.current] or waiting
        self._shown.append(unseen[0])
        self._show(unseen[0])
        return True

    def previous(self) -> bool:
        """Show the suspect before; False if there is none."""
        present = {*self.table.index, *self.missed.index}
        back = [suspect for suspect in self._shown if suspect in present]
        if self.current in back:
            back = back[: back.index(self.current)]
            self._shown = [*back, self.current] if not back else back
        if not back:
            return False
        self._show(back[-1])
        return True

    def follow_run(self) -> None:
        """Search a run for missed nuclei that has ended after its labels were added."""
        if run_of(self.session.layer) is not self._searched:
            self._search()

    def close(self) -> None:
        """Stop following the layer."""
        self.live.stop()

    def _waiting(self) -> list[int]:
        """Return the nuclei and positions to check, the most likely errors first."""
        if self.session.layer is None:
            return []
        checked = self.session.state.checked
        nuclei = self.table[~self.table.index.isin(list(checked))]
        likely = dict(nuclei["error_probability"]) if len(nuclei) else {}
        if len(self.missed):
            missed = self.missed["error_probability"]
            likely |= {index: missed[index] for index in self._open_positions()}
        return sorted(map(int, likely), key=lambda suspect: -likely[suspect])

    def _open_positions(self) -> list[int]:
        """Return the indices of positions without a nucleus that were not dismissed."""
        layer = self.session.layer
        if layer is None or not len(self.missed):
            return []
        labels = labels_data(layer)
        centres = np.rint(positions_of(self.missed, axes_of(layer))).astype(int)
        return [
            int(index)
            for index, centre in zip(self.missed.index, centres, strict=True)
            if index not in self._dismissed and not labels[tuple(centre)]
        ]

    def _row(self, suspect: int | None) -> pd.DataFrame | None:
        """Return the row of a nucleus or a position; None if it is gone."""
        table = self.missed if is_missed(suspect) else self.table
        rows = table[table.index == suspect].iloc[:1]
        return rows if len(rows) else None

    def _show(self, suspect: int) -> None:
        layer, row = self.session.layer, self._row(suspect)
        if layer is None or row is None:
            return
        self.current = suspect
        (centre,), (size,) = positions_of(row, axes_of(layer)), longest_sides(row)
        show_nucleus(
            self.session.viewer,
            layer,
            centre,
            float(size),
            min_canvas_fraction=MIN_VIEW_FRACTION,
            canvas_fraction=VIEW_FRACTION,
        )
        pixel = self._pixel(layer, centre)
        spot_size = float(size) if is_missed(suspect) else 0.0
        self.session.select(max(suspect, 0), pixel, spot_size)
        self.changed.emit()

    def _pixel(
        self, layer: napari.layers.Labels, centre: NDArray[np.float64]
    ) -> Pixel | None:
        try:
            part = self.session.part()
        except ValueError:
            return None
        dropped = channel_axis_of_labels(layer)
        point = centre if dropped is None else np.insert(centre, dropped, 0)
        return part.pixel(layer, layer.data_to_world(point))

    def _on_measured(self, measured: pd.DataFrame, edited: Iterable[int]) -> None:
        if self.session.layer is None:
            return
        self.error, edited = "", list(edited)
        self._measured = measured
        self.diameter = None
        if len(measured) and "diameter" in measured.columns:
            self.diameter = float(np.median(measured["diameter"]))
        self._rank()
        if not edited:  # everything was measured
            self._touching = None
            self._search()

    def _rank(self) -> None:
        layer = self.session.layer
        if layer is None:
            return
        table = with_confidence(self._measured, layer, self.session.state.corrected)
        self.table = rank_suspects(table, self._touching)
        self.changed.emit()

    def _search(self) -> None:
        """Find the nuclei that touch others, and positions without a nucleus."""
        layer, request = self.session.layer, self.live.request
        if layer is None or request is None or not has_snapshot(request):
            return
        labels, run, joined = request.labels, run_of(layer), "volume" in self._measured
        given = labels, self.diameter, predicted_labels(layer), joined
        self._searched = run

        def work(check: Check) -> tuple[dict[int, float], pd.DataFrame | None]:
            shares = touching_shares(labels)
            if run is None:
                return shares, None
            return shares, find_missed(run, *given, check)

        def found(result: tuple[dict[int, float], pd.DataFrame | None]) -> None:
            if self.session.layer is layer:
                self._touching, missed = result
                if missed is not None:
                    self.missed = missed
                self._rank()

        self.start(work, found, self._on_failed)

    def _on_failed(self, message: str) -> None:
        self.error = message
        self.table = self.table.iloc[:0]
        self.changed.emit()

    def _on_accepted(self, accepted: object) -> None:
        self.changed.emit()
