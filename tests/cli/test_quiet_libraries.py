from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("words", ["evaluate data", "segment data/images -o out"])
def test_a_command_writes_nothing_to_standard_error(data: Path, words: str) -> None:
    # In a new process: LiteRT prints its messages once a process.
    done = subprocess.run(
        [sys.executable, "-m", "napari_nuclei.cli", *words.split()],
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
