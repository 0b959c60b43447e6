"""Record how the results of a folder were made: model, settings, versions, command.

The record is a file in the folder of the manifest. A report quotes it, so that a result
can be cited and repeated.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei import __version__
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.origin import SIGNATURE, SOFTWARE

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard

RECORD_NAME = "results.json"
"""Name of the record, in the folder of the manifest."""

PACKAGES = ("ai-edge-litert", "numpy", "opencv-python-headless", "scikit-image")
"""Packages whose versions can change a result."""

MAX_RECORD_BYTES = 16 << 20
"""Largest record that is read."""

COMMAND: ContextVar[str] = ContextVar("COMMAND", default="")
"""The command line that runs now; empty in Python and in napari."""


@contextmanager
def state_command(words: Sequence[str]) -> Iterator[None]:
    """State the command line that runs, for the records of its results.

    Parameters
    ----------
    words : sequence of str
        The name of the program and its arguments.
    """
    token = COMMAND.set(shlex.join(words))
    try:
        yield
    finally:
        COMMAND.reset(token)


def make_run_record(
    inputs: Sequence[str | Path],
    output: Path | None,
    card: ModelCard,
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the record of a run that begins now.

    Parameters
    ----------
    inputs : sequence of path-like
        What was segmented, as the user named it.
    output : Path, optional
        Where the results go, as the user named it.
    card : ModelCard
        Card of the model.
    settings : mapping of str to object
        Settings of the run by name; dataclasses become dictionaries.

    Returns
    -------
    dict
        Its values can be written as JSON.
    """
    content = card.as_dict()
    record: dict[str, Any] = as_json(
        {
            "software": SIGNATURE,
            "version": __version__,
            "date": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
            "command": COMMAND.get(),
            "folder": str(Path.cwd()),
            "inputs": [str(item) for item in inputs],
            "output": None if output is None else str(output),
            "settings": dict(settings),
            "model": {"card": content, "card_sha256": hash_card(content)},
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": installed_versions(PACKAGES),
        }
    )
    return record


def as_json(value: Any) -> Any:
    """Return a value as JSON gives it back; dataclasses become dictionaries."""

    def simplify(item: Any) -> Any:
        if is_dataclass(item) and not isinstance(item, type):
            return asdict(item)
        return str(item)

    return json.loads(json.dumps(value, default=simplify))


def hash_card(card: Mapping[str, Any]) -> str:
    """Return the SHA-256 hash of a model card, independent of the order of its keys."""
    text = json.dumps(card, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def installed_versions(names: Sequence[str]) -> dict[str, str]:
    """Return the versions of the packages that are installed, by name."""
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def write_run_record(folder: Path, record: Mapping[str, Any]) -> bool:
    """Write the record of a run; a file of another program is not replaced.

    Parameters
    ----------
    folder : Path
        Folder of the manifest.
    record : dict
        As `make_run_record` returns it.

    Returns
    -------
    bool
        Whether the record was written.
    """
    path = folder / RECORD_NAME
    if path.exists() and not read_run_record(folder):
        return False
    content = json.dumps(record, indent=1, ensure_ascii=True)
    write_atomic(path, content.encode())
    return True


def read_run_record(folder: Path) -> dict[str, Any]:
    """Return the record of the last run in a folder.

    Returns
    -------
    dict
        Empty if there is no record, or the file is damaged or of another program.
        Folders of earlier versions have none.
    """
    path = folder / RECORD_NAME
    try:
        if path.stat().st_size > MAX_RECORD_BYTES:
            return {}
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(record, dict):
        return {}
    return record if str(record.get("software")).startswith(SOFTWARE) else {}


def read_settings(folder: Path) -> dict[str, Any]:
    """Return the settings of the last run in a folder; empty if they are unknown."""
    settings = read_run_record(folder).get("settings")
    return settings if isinstance(settings, dict) else {}
