from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_nuclei.cli.quiet import quiet


def test_what_libraries_write_is_heard_only_afterwards_or_when_looking_for_bugs(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with quiet():
        os.write(2, b"greeting")
    os.write(2, b"error")
    assert capfd.readouterr().err == "error"
    monkeypatch.setenv("NAPARI_NUCLEI_DEBUG", "1")
    with quiet():
        os.write(2, b"greeting")
    assert capfd.readouterr().err == "greeting"


def test_an_error_leaves_the_terminal_as_it_was(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="wrong"), quiet():
        raise ValueError("wrong")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


@pytest.mark.parametrize("words", ["evaluate data", "segment data/images -o out"])
def test_a_command_writes_no_more_than_its_results(data: Path, words: str) -> None:
    # In a process of its own: LiteRT greets once.
    done = subprocess.run(
        [sys.executable, "-m", "napari_nuclei.cli", *words.split()],
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
