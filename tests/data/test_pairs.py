from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.data.pairs import read_pairs


@pytest.fixture
def folder(tmp_path: Path, discs) -> Path:
    labels = discs((40, 50), [(15, 15, 5), (28, 35, 6)])
    for kind, names in (("raw", ("a", "b")), ("gt", ("a_mask", "b"))):
        (tmp_path / kind).mkdir()
        for name in names:
            tifffile.imwrite(tmp_path / kind / f"{name}.tif", labels.astype(np.uint16))
    return tmp_path


def test_images_and_labels_are_paired_by_their_names(folder: Path) -> None:
    samples = read_pairs(folder / "raw", folder / "gt")
    assert [x.name for x in samples] == ["a", "b"]
    assert [x.labels.max() for x in samples] == [2, 2]


def test_two_files_are_a_pair(folder: Path) -> None:
    (sample,) = read_pairs(folder / "raw" / "a.tif", folder / "gt" / "b.tif")
    assert (sample.name, sample.labels.shape) == ("a", (40, 50))


def test_files_that_cannot_be_paired_are_refused(folder: Path) -> None:
    (folder / "gt" / "b.tif").unlink()
    with pytest.raises(ValueError, match=r"1 of 2 images have no labels .* b\.tif"):
        read_pairs(folder / "raw", folder / "gt")
    with pytest.raises(ValueError, match="two files or two folders"):
        read_pairs(folder / "raw", folder / "gt" / "a_mask.tif")
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        read_pairs(folder / "raw", folder / "none")
