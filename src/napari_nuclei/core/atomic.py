"""Files that are either whole or not there."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_atomic(path: Path | str, content: bytes) -> None:
    """Write a file so that a crash leaves the earlier file or none, never a part.

    Parameters
    ----------
    path : path-like
        Folders above it are made; a file that is there is replaced.
    content : bytes

    Raises
    ------
    OSError
        If the file cannot be written; it names the file, not its partial.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, beside the target: os.replace must not cross file systems.
    partial = path.with_name(f".{uuid.uuid4().hex[:12]}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
