from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from napari_nuclei.io.correction_journal import JournalRecord, SavedCorrections
from napari_nuclei.widgets.correct.restore_offer import RestoreOffer, holds


def record(row: int, values: list[int], count: int = 1) -> JournalRecord:
    region = (slice(row, row + 1), slice(0, len(values)))
    changed = np.ones((1, len(values)), bool)
    return JournalRecord("paint", count, region, changed, np.array(values))


def test_labels_hold_the_last_of_overlapping_corrections() -> None:
    records = [record(0, [1, 1, 1]), record(0, [2, 2]), record(2, [3])]
    labels = np.array([[2, 2, 1], [0, 0, 0], [3, 0, 0]])
    assert holds(labels, records)
    assert not holds(np.array([[2, 1, 1], [0, 0, 0], [3, 0, 0]]), records)
    assert not holds(labels[:2], records)
    assert not holds(labels[np.newaxis], records)


def test_an_offer_counts_without_undone_corrections_and_names_the_day() -> None:
    now = time.time()
    records = (record(0, [1]), record(0, [2]), record(0, [1], -1))
    today = SavedCorrections(Path("a"), {"started": now}, records)
    assert RestoreOffer((today,)).count == 1
    moment = time.localtime(now)
    assert RestoreOffer((today,)).text == (
        f"1 correction from {moment.tm_hour:02}:{moment.tm_min:02} is not in this "
        "layer."
    )
    january = time.mktime((2024, 1, 7, 9, 5, 0, 0, 0, -1))
    older = SavedCorrections(Path("b"), {"started": january}, records)
    assert RestoreOffer((older, today)).text == (
        "2 corrections from 7 January 09:05 are not in this layer."
    )
