"""Fixtures that run the command in an empty folder, and images for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.cli import main
from napari_nuclei.core.synthetic import synthetic_nuclei

CommandLine = Callable[..., tuple[int, str, str]]
FilesIn = Callable[[Path], set[str]]


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    """Return a function that runs the command in `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def scene() -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    return synthetic_nuclei((160, 200), seed=4)


@pytest.fixture
def data(tmp_path: Path, scene: tuple[NDArray[Any], NDArray[Any]]) -> Path:
    """Return a data set of two images with their masks."""
    folder = tmp_path / "data"
    for part, pixels in zip(("images", "masks"), scene, strict=True):
        (folder / part).mkdir(parents=True)
        for name in ("a.tif", "b.tif"):
            tifffile.imwrite(folder / part / name, pixels.astype(np.uint16))
    return folder


@pytest.fixture(scope="session")
def files_in() -> FilesIn:
    """Return a function that lists the files in a folder and its subfolders."""

    def names(folder: Path) -> set[str]:
        paths = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix() for path in paths}

    return names
