from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from napari_nuclei.training.temporary import (
    MAX_LEFTOVER_AGE,
    remove_old_temporary_folders,
    temporary_prefix,
)

DEAD = 2**22 + 1
"""A number that no process has."""


def test_folders_of_dead_processes_are_removed_after_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = {
        "own": f"{temporary_prefix()}abcdefgh",
        "dead": f"napari-nuclei-{DEAD}-abcdefgh",
        "other": "napari-nuclei-data",
    }
    before = time.time() - MAX_LEFTOVER_AGE - 60
    for name in names.values():
        (tmp_path / name / "inside").mkdir(parents=True)
        os.utime(tmp_path / name, (before, before))
    (tmp_path / f"napari-nuclei-{DEAD}-recent00").mkdir()
    remove_old_temporary_folders()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        names["own"],
        names["other"],
        f"napari-nuclei-{DEAD}-recent00",
    }
