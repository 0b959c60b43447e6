"""Find the corrections of an earlier session that a layer does not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.counts import counted
from napari_nuclei.io.correction_journal import JournalRecord, SavedCorrections

if TYPE_CHECKING:
    import napari.layers


@dataclass(frozen=True, slots=True, eq=False)
class RestoreOffer:
    """Corrections of an earlier session that a layer does not have.

    Attributes
    ----------
    saved : tuple of SavedCorrections
        Oldest first.
    """

    saved: tuple[SavedCorrections, ...]

    @property
    def records(self) -> list[JournalRecord]:
        """All corrections, oldest first."""
        return [record for corrections in self.saved for record in corrections.records]

    @property
    def count(self) -> int:
        """Number of corrections, without undone ones."""
        return sum(record.count for record in self.records)

    @property
    def amount(self) -> str:
        """The number of corrections in words."""
        return counted(self.count, "correction")

    @property
    def text(self) -> str:
        """What is offered, in a line."""
        started = datetime.fromtimestamp(
            min(corrections.started for corrections in self.saved)
        )
        same_day = started.date() == datetime.now().date()
        day = "" if same_day else f"{started.day} {started:%B} "
        is_are = "is" if self.count == 1 else "are"
        return f"{self.amount} from {day}{started:%H:%M} {is_are} not in this layer."


def make_offer(
    layer: napari.layers.Labels, saved: Sequence[SavedCorrections]
) -> RestoreOffer | None:
    """Return the corrections that a layer does not have; None if it has all."""
    offer = RestoreOffer(
        tuple(corrections for corrections in saved if corrections.records)
    )
    if not offer.saved:
        return None
    if offer.count <= 0 or holds(layer.data, offer.records):
        return None
    return offer


def holds(labels: NDArray[np.integer[Any]], records: Sequence[JournalRecord]) -> bool:
    """Return whether labels are already as the corrections leave them."""
    overwritten = np.zeros(labels.shape, bool)
    for record in reversed(records):
        if record.changed is None or record.values is None:
            continue
        if len(record.region) != labels.ndim:
            return False
        window = labels[record.region]
        if window.shape != record.changed.shape:
            return False
        later = overwritten[record.region]
        left = ~later[record.changed]
        if not np.array_equal(window[record.changed][left], record.values[left]):
            return False
        later |= record.changed
    return True


def last_accepted(records: Sequence[JournalRecord]) -> tuple[int, ...] | None:
    """Return the nuclei that were accepted in the end; None if no record names any."""
    found = [record.accepted for record in records if record.accepted is not None]
    return found[-1] if found else None
