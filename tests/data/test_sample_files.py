from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.data.datasets import load_folder
from napari_nuclei.data.sample_files import open_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    rng = np.random.default_rng(0)
    for part in ("images", "labels"):
        (root / part).mkdir(parents=True)
    for name in ("b", "a", "c"):
        labels = np.zeros((20, 30), np.uint16)
        labels[2:9, 3:11], labels[12:18, 15:25], labels[3:8, 20:27] = 1, 2, 3
        tifffile.imwrite(root / "labels" / f"{name}.tif", labels)
        image = rng.integers(0, 255, (20, 30), np.uint8)
        tifffile.imwrite(root / "images" / f"{name}.tif", image)
    return root


def test_files_are_read_when_needed_and_equal_to_a_complete_read(folder: Path) -> None:
    files = open_folder(folder)
    assert [file.name for file in files] == ["a", "b", "c"]
    for file, sample in zip(files, load_folder(folder, None), strict=True):
        found = file.read()
        np.testing.assert_array_equal(found.image, sample.image)
        np.testing.assert_array_equal(found.labels, sample.labels)


def test_no_pixels_are_read_before(folder: Path) -> None:
    (folder / "images" / "a.tif").write_bytes(b"damaged")
    files = open_folder(folder)
    assert files[1].read().labels.max() == 3
    with pytest.raises(ValueError, match=r"a\.tif"):
        files[0].read()


def test_a_zip_file_stays_readable(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.rglob("*.tif"):
            archive.write(file, file.relative_to(folder))
    files = open_folder(path, {"a", "c"})
    assert [file.name for file in files] == ["a", "c"]
    assert files[1].read().labels.max() == 3


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none: There is no such folder"):
        open_folder(tmp_path / "none")
