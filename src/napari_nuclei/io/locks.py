"""Lock a path, so that two processes do not write it at the same time.

The lock of a path is a file next to it, which names the host and the process. The
operating system locks that file too, and frees it when the process ends in any way. So
the file of a dead process does not block a later run.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import BinaryIO

from napari_nuclei.io.atomic import name_in_errors

LOCK_SUFFIX = ".lock"

LOCKED_BYTE = 1 << 30
"""Position of the byte that is locked on Windows, where no one can read such a byte."""

BUSY = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
"""Errors that mean that another process holds a lock."""

POLL_SECONDS = 0.02


class PathLockedError(RuntimeError):
    """Raised if another process holds the lock of a path."""


@dataclass(frozen=True, slots=True)
class LockOwner:
    """The process that holds a lock.

    Attributes
    ----------
    host : str
    pid : int
    """

    host: str
    pid: int

    @classmethod
    def current(cls) -> LockOwner:
        """Return this process."""
        return cls(socket.gethostname(), os.getpid())

    @property
    def is_alive(self) -> bool:
        """Whether the process runs, if it is on this host; else True."""
        if self.host != socket.gethostname() or os.name == "nt":
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):  # the process of another user
            return True
        return True


@contextmanager
def lock_path(
    path: Path,
    *,
    wait_seconds: float = 0.0,
    max_age: float = inf,
    shown: Path | None = None,
) -> Iterator[None]:
    """Hold the lock of a path.

    Parameters
    ----------
    path : Path
        A file or folder that need not exist. Its folder exists. The lock is the file
        ``<path>.lock``, which is removed at the end.
    wait_seconds : float
        Time to wait for a process that holds the lock, in seconds.
    max_age : float
        Age, in seconds, at which a process on another host no longer counts. Whether it
        runs cannot be found out.
    shown : Path, optional
        Path that the error names. By default `path`.

    Raises
    ------
    OSError
        If the lock cannot be written.
    PathLockedError
        If another process holds the lock.
    """
    lock = path.with_name(path.name + LOCK_SUFFIX)
    give_up = time.monotonic() + wait_seconds
    while True:
        try:
            file = acquire(shown or path, lock, max_age)
            break
        except PathLockedError:
            if time.monotonic() >= give_up:
                raise
            time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        release(file, lock)


def acquire(path: Path, lock: Path, max_age: float) -> BinaryIO:
    """Return the open, locked file of a lock; raise PathLockedError if it is held."""
    while True:
        file = open_lock(lock)
        try:
            try:
                locked = lock_file(file)
            except OSError as error:
                if error.errno not in BUSY:
                    raise
                raise locked_error(path, lock, read_owner(file)) from None
            if not is_same_file(file, lock):  # its owner has just removed it
                file.close()
                continue
            owner, current = read_owner(file), LockOwner.current()
            if owner is not None and owner.host != current.host:
                holds = time.time() - os.fstat(file.fileno()).st_mtime <= max_age
            else:
                holds = owner is not None and not locked and owner.is_alive
            if holds:
                raise locked_error(path, lock, owner)
            with name_in_errors(lock):
                file.seek(0)
                file.write(json.dumps(asdict(current)).encode())
                file.truncate()
                file.flush()
        except BaseException:
            file.close()
            raise
        return file


def open_lock(lock: Path) -> BinaryIO:
    """Open the file of a lock, and create it if needed."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(lock, flags, 0o666), "rb+", buffering=0)


def release(file: BinaryIO, lock: Path) -> None:
    """Remove and close the file of a lock."""
    try:
        # Windows removes no open file; elsewhere a closed one may have a new owner.
        if os.name == "nt":
            file.truncate(0)
            file.close()
        if os.name == "nt" or is_same_file(file, lock):
            lock.unlink(missing_ok=True)
    except OSError:  # another process has opened it, or its folder was removed
        pass
    finally:
        file.close()


def lock_file(file: BinaryIO) -> bool:
    """Lock an open file; return False if the file system has no locks.

    Raises
    ------
    OSError
        With a number in `BUSY` if another process holds the lock.
    """
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in BUSY:
            raise
        return False
    return True


def is_same_file(file: BinaryIO, path: Path) -> bool:
    """Return whether an open file still has its path."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def read_owner(file: BinaryIO) -> LockOwner | None:
    """Return the process that a lock names; None if it names none."""
    file.seek(0)
    try:
        content = json.loads(file.read(4096))
        return LockOwner(str(content["host"]), int(content["pid"]))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def locked_error(path: Path, lock: Path, owner: LockOwner | None) -> PathLockedError:
    """Return the error for a path that another process writes."""
    where = "another process"
    remedy = "Wait until it has finished, or name another destination"
    if owner is not None:
        where = f"process {owner.pid} on {owner.host}"
        if owner.host != socket.gethostname():
            remedy = f"If that process has ended, remove {lock}"
    return PathLockedError(f"{path} is being written by {where}. {remedy}")
