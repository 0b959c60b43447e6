from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from napari_nuclei.cli.native_output import suppress_native_output


def test_native_output_is_discarded_inside_and_shown_with_the_debug_variable(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with suppress_native_output():
        os.write(2, b"greeting")
    os.write(2, b"error")
    assert capfd.readouterr().err == "error"
    monkeypatch.setenv("NAPARI_NUCLEI_DEBUG", "1")
    with suppress_native_output():
        os.write(2, b"greeting")
    assert capfd.readouterr().err == "greeting"


def test_an_error_restores_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="wrong"), suppress_native_output():
        raise ValueError("wrong")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


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
