"""Append corrections to a file as they are made, so that a crash loses none.

A journal is a text line that names its format, then records. Each record has its
length and a checksum, and is on the disk before `CorrectionJournal.append` returns. A
record that a crash cut short, and everything after a damaged one, is ignored.
"""

from __future__ import annotations

import json
import os
import struct
import time
import uuid
import zlib
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.atomic import NO_SYNC, sync_folder
from napari_nuclei.io.locks import LOCK_SUFFIX, PathLockedError, lock_path

MAGIC = b"napari-nuclei corrections 1\n"
SUFFIX = ".corrections"
FRAME = struct.Struct("<II")
"""Length and CRC-32 of the record that follows."""

MAX_AGE_DAYS = 30.0
"""Age, in days, at which a journal is removed."""

Labels = NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class JournalRecord:
    """One correction.

    Attributes
    ----------
    kind : str
        What was done, such as "delete" or "undo".
    count : int
        By how many corrections the number of corrections changes: 1, or -1 for an undo.
    region : tuple of slice
        Window of the labels that holds all changed pixels; empty if none changes.
    changed : ndarray of bool, of the shape of the window
    values : ndarray of int, shape (changed pixels,)
        Labels of the changed pixels afterwards.
    before : int
        CRC-32 of their labels before, see `checksum`.
    accepted : tuple of int, optional
        All nuclei that are accepted from now on; None if this did not change.
    """

    kind: str
    count: int = 1
    region: tuple[slice, ...] = ()
    changed: NDArray[np.bool_] | None = None
    values: Labels | None = None
    before: int = 0
    accepted: tuple[int, ...] | None = None

    def encode(self) -> bytes:
        """Return the record as bytes."""
        head: dict[str, Any] = {"kind": self.kind, "count": self.count}
        body = b""
        if self.accepted is not None:
            head["accepted"] = list(self.accepted)
        if self.changed is not None and self.values is not None:
            mask = np.packbits(self.changed).tobytes()
            values = np.asarray(self.values, "<i8").tobytes()
            body = zlib.compress(mask + values, 1)
            head |= {
                "region": [[part.start, part.stop] for part in self.region],
                "before": self.before,
            }
        line = json.dumps(head, separators=(",", ":")).encode()
        return line + b"\n" + body

    @classmethod
    def decode(cls, content: bytes) -> JournalRecord:
        """Return the record that `encode` made; raise ValueError for other bytes."""
        line, _, body = content.partition(b"\n")
        try:
            head = json.loads(line)
            accepted = head.get("accepted")
            accepted = None if accepted is None else tuple(map(int, accepted))
            if "region" not in head:
                return cls(head["kind"], int(head["count"]), accepted=accepted)
            region = tuple(slice(int(a), int(b)) for a, b in head["region"])
            shape = tuple(part.stop - part.start for part in region)
            size = int(np.prod(shape))
            data, mask_bytes = zlib.decompress(body), (size + 7) // 8
            bits = np.frombuffer(data[:mask_bytes], np.uint8)
            changed = np.unpackbits(bits, count=size).astype(bool).reshape(shape)
            values = np.frombuffer(data[mask_bytes:], "<i8")
            if len(values) != np.count_nonzero(changed):
                raise ValueError("another number of values than of changed pixels")
            parts = region, changed, values, int(head["before"]), accepted
            return cls(head["kind"], int(head["count"]), *parts)
        except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
            raise ValueError(f"This is not a record of corrections: {error}") from error


def checksum(values: Labels) -> int:
    """Return the CRC-32 of label values, whatever their type."""
    return zlib.crc32(np.ascontiguousarray(values, "<i8").tobytes())


class CorrectionJournal:
    """Write corrections to a new file in a folder.

    The file is locked until `close` or the end of the process.

    Parameters
    ----------
    folder : Path
        Created if missing.
    key : str
        Identity of the labels: letters, digits and hyphens.
    about : dict
        What a reader should know, as JSON: names and shape.

    Raises
    ------
    OSError
        If the file cannot be written.
    """

    def __init__(self, folder: Path, key: str, about: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # Names sort by time.
        name = f"{key}-{time.time_ns():020d}-{uuid.uuid4().hex[:6]}{SUFFIX}"
        self.path = folder / name
        self._stack = ExitStack()
        self._stack.enter_context(lock_path(self.path))
        try:
            self._file = file = self._stack.enter_context(self.path.open("xb"))
            header = {"key": key, "started": time.time(), **about}
            file.write(MAGIC)
            self._write(json.dumps(header).encode())
            sync_folder(folder)
        except BaseException:
            self.close()
            raise

    def append(self, record: JournalRecord) -> None:
        """Write a record; it is on the disk when this returns.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self._write(record.encode())

    def close(self) -> None:
        """Close the file and free its lock."""
        self._stack.close()

    def _write(self, content: bytes) -> None:
        start = self._file.tell()
        try:
            self._file.write(FRAME.pack(len(content), zlib.crc32(content)) + content)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            if error.errno in NO_SYNC:
                return
            # Without the part of a record, later ones can be read.
            with suppress(OSError):
                self._file.seek(start)
                self._file.truncate()
            raise


@dataclass(frozen=True, slots=True, eq=False)
class SavedCorrections:
    """The content of a journal.

    Attributes
    ----------
    path : Path
    about : dict
    records : tuple of JournalRecord
    """

    path: Path
    about: dict[str, Any]
    records: tuple[JournalRecord, ...]

    @property
    def started(self) -> float:
        """Time of the first correction, in seconds since 1970."""
        return float(self.about.get("started", 0.0))


def read_journal(path: Path) -> SavedCorrections:
    """Read a journal; ignore what a crash damaged at its end.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a journal, or damaged from the start.
    """
    content = path.read_bytes()
    if not content.startswith(MAGIC):
        raise ValueError(f"{path} holds no corrections of napari-nuclei")
    parts, at = [], len(MAGIC)
    while at + FRAME.size <= len(content):
        length, expected = FRAME.unpack_from(content, at)
        part = content[at + FRAME.size : at + FRAME.size + length]
        if len(part) < length or zlib.crc32(part) != expected:
            break
        parts.append(part)
        at += FRAME.size + length
    if not parts:
        raise ValueError(f"{path} is damaged; its corrections cannot be read")
    header = json.loads(parts[0])
    records: list[JournalRecord] = []
    for part in parts[1:]:
        try:
            records.append(JournalRecord.decode(part))
        except ValueError:
            break
    return SavedCorrections(path, header, tuple(records))


def find_journals(folder: Path, key: str) -> list[SavedCorrections]:
    """Return the journals of labels, oldest first, without those being written.

    Journals that are older than `MAX_AGE_DAYS` are removed, of any labels.
    """
    remove_old_journals(folder)
    found = []
    for path in sorted(folder.glob(f"{key}-*{SUFFIX}")):
        try:
            with lock_path(path):
                found.append(read_journal(path))
        except (OSError, PathLockedError, ValueError):
            continue
    return found


def remove_journals(paths: Sequence[Path]) -> None:
    """Remove journals that are no longer needed."""
    for path in paths:
        for file in (path, path.with_name(path.name + LOCK_SUFFIX)):
            with suppress(OSError):
                file.unlink(missing_ok=True)


def remove_old_journals(folder: Path, days: float = MAX_AGE_DAYS) -> None:
    """Remove the journals of a folder that were last written this many days ago."""
    oldest = time.time() - days * 24 * 3600
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(OSError):
            if path.stat().st_mtime < oldest:
                remove_journals([path])


def replay(labels: Labels, records: Sequence[JournalRecord]) -> int:
    """Write corrections into labels, in place, in their order.

    A correction whose pixels are not as they were before it is left out.

    Parameters
    ----------
    labels : ndarray of int
        Modified.
    records : sequence of JournalRecord

    Returns
    -------
    int
        Number of records that were left out.
    """
    left_out = 0
    for record in records:
        if record.changed is None or record.values is None:
            continue
        fits = len(record.region) == labels.ndim and all(
            part.stop <= size
            for part, size in zip(record.region, labels.shape, strict=True)
        )
        window = labels[record.region] if fits else None
        if window is None or checksum(window[record.changed]) != record.before:
            left_out += 1
            continue
        window[record.changed] = record.values
    return left_out
