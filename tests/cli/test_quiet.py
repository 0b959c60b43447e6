from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_nuclei.cli import main
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


def test_segmenting_writes_nothing_but_its_results(
    capfd: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    image = data / "images" / "a.tif"
    assert main(["segment", str(image), "-o", str(tmp_path / "out")]) == 0
    assert capfd.readouterr().err == ""
