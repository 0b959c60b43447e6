from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.io.correction_journal import (
    MAGIC,
    SUFFIX,
    CorrectionJournal,
    JournalRecord,
    checksum,
    find_journals,
    read_journal,
    remove_journals,
    replay,
)

WRITER = """
import sys
from pathlib import Path
import numpy as np
from napari_nuclei.io.correction_journal import (
    CorrectionJournal, JournalRecord, checksum
)
journal = CorrectionJournal(Path(sys.argv[1]), "key", {"image": "cells"})
window = (slice(2, 5), slice(1, 3))
for number in range(1, 100_000):
    before = np.full(6, number - 1)
    values = np.full(6, number)
    journal.append(JournalRecord(
        "paint", 1, window, np.ones((3, 2), bool), values, checksum(before)
    ))
    print(number, flush=True)
"""


def record(labels: np.ndarray, after: np.ndarray, kind: str = "paint") -> JournalRecord:
    changed = labels != after
    whole = tuple(slice(0, size) for size in labels.shape)
    return JournalRecord(
        kind, 1, whole, changed, after[changed], checksum(labels[changed])
    )


@pytest.fixture
def states(rng_labels) -> list[np.ndarray]:
    return [rng_labels(seed) for seed in range(5)]


@pytest.fixture
def rng_labels():
    """Return a function that makes random labels of one shape."""

    def make(seed: int) -> np.ndarray:
        return np.random.default_rng(seed).integers(0, 9, (3, 7, 5)).astype(np.uint16)

    return make


def write(folder: Path, states: list[np.ndarray]) -> Path:
    journal = CorrectionJournal(folder, "key", {"image": "cells"})
    for before, after in itertools.pairwise(states):
        journal.append(record(before, after))
    journal.append(JournalRecord("accept", 0, accepted=(3, 70_000)))
    journal.close()
    return journal.path


def test_a_journal_replays_to_the_last_state(tmp_path, states) -> None:
    path = write(tmp_path / "new" / "folder", states)
    saved = read_journal(path)
    assert saved.about["image"] == "cells"
    assert abs(saved.started - time.time()) < 60
    assert [one.count for one in saved.records] == [1, 1, 1, 1, 0]
    assert saved.records[-1].accepted == (3, 70_000)
    labels = states[0].astype(np.int32)
    assert replay(labels, saved.records) == 0
    np.testing.assert_array_equal(labels, states[-1])
    # Other labels, or labels of another shape, are not overwritten.
    other = np.full_like(labels, 77)
    assert replay(other, saved.records) == 4
    assert (other == 77).all()
    assert replay(np.zeros((2, 2), int), saved.records) == 4


def test_a_journal_that_ends_at_any_byte_gives_whole_records(tmp_path, states) -> None:
    path = write(tmp_path, states)
    content = path.read_bytes()
    counts = []
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        try:
            counts.append(len(read_journal(path).records))
        except ValueError as error:
            assert "corrections" in str(error)
            counts.append(-1)
    assert counts == sorted(counts)
    assert set(counts) == {-1, 0, 1, 2, 3, 4, 5}
    # A changed byte ends the journal before its record.
    damaged = bytearray(content)
    damaged[-3] ^= 1
    path.write_bytes(damaged)
    assert len(read_journal(path).records) == 4
    path.write_bytes(b"text" + content)
    with pytest.raises(ValueError, match="holds no corrections of napari-nuclei"):
        read_journal(path)
    assert content.startswith(MAGIC)


def test_a_killed_process_loses_no_correction(tmp_path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        for line in writer.stdout:
            if int(line) >= 20:
                break
        # While it is being written, nobody else may take it.
        assert find_journals(tmp_path, "key") == []
        writer.kill()  # SIGKILL
        rest = writer.stdout.read().split()
    reported = int(rest[-1]) if rest else 20
    (saved,) = find_journals(tmp_path, "key")
    assert reported <= len(saved.records) <= reported + 1
    labels = np.zeros((6, 4), np.int32)
    assert replay(labels, saved.records) == 0
    assert (labels[2:5, 1:3] == len(saved.records)).all()
    assert find_journals(tmp_path, "other") == []
    remove_journals([saved.path])
    assert not list(tmp_path.iterdir())


def test_journals_are_removed_after_thirty_days(tmp_path, states) -> None:
    paths = [write(tmp_path, states) for _ in range(3)]
    assert [one.path for one in find_journals(tmp_path, "key")] == paths
    for path, days in zip(paths, (29, 31, 400), strict=True):
        moment = time.time() - days * 24 * 3600
        os.utime(path, (moment, moment))
    assert [one.path for one in find_journals(tmp_path, "key")] == paths[:1]
    assert [path.name for path in tmp_path.glob(f"*{SUFFIX}")] == [paths[0].name]


def test_a_full_disk_is_reported_and_earlier_records_stay(
    tmp_path, states, monkeypatch
) -> None:
    journal = CorrectionJournal(tmp_path, "key", {})
    first = record(states[0], states[1])
    journal.append(first)
    real = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        journal.append(record(states[1], states[2]))
    monkeypatch.setattr(os, "fsync", real)
    journal.append(record(states[1], states[3]))
    journal.close()
    labels = states[0].copy()
    assert replay(labels, read_journal(journal.path).records) == 0
    np.testing.assert_array_equal(labels, states[3])
