"""The import of a model in a thread, beside a window that stays free."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.model.exchange import import_model
from napari_nuclei.model.selftest import run_self_test
from napari_nuclei.model.store import list_models
from napari_nuclei.widgets.shared.progress import Report, Step


@dataclass(frozen=True, slots=True)
class Imported:
    """A model that was imported, and what is to be said of it."""

    name: str
    message: str


def import_apart(path: Path, report: Report) -> Imported:
    """Import a model and run its self-test; called in a thread.

    A bare `.keras` file is converted in a process of its own: napari must not load
    TensorFlow, whose libraries quarrel with some OpenGL drivers.

    Raises
    ------
    OSError, ValueError
        If it is not a model that can be used safely.
    """
    report(Step(0, 0, f"Importing {path.name}"))
    if path.suffix != ".keras":
        entry = import_model(path)
        report(Step(0, 0, "Running its self-test"))
        test = run_self_test(entry)
        said = f"; {test.sentence()}" if test else ""
        return Imported(entry.name, f"Imported {entry.name}{said}.")
    known = {entry.name for entry in list_models()}
    command = [sys.executable, "-m", "napari_nuclei.cli", "models", "import", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["the import failed"]
        raise ValueError(lines[-1].removeprefix("napari-nuclei: "))
    new = [entry.name for entry in list_models() if entry.name not in known]
    name = new[0] if new else path.stem
    return Imported(name, f"Imported {name}.")
