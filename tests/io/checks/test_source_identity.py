from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import zarr

from napari_nuclei.io.checks.source_identity import (
    SourceChangedError,
    identify_array,
    identify_file,
    identify_quickly,
)
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.readers import open_image


def make_tiff(folder: Path) -> Path:
    tifffile.imwrite(folder / "a.tif", np.zeros((40, 50), np.uint8))
    return folder / "a.tif"


def make_zarr(folder: Path) -> Path:
    array = zarr.create_array(
        folder / "a.zarr", shape=(40, 50), chunks=(10, 10), dtype=np.uint8
    )
    array[:] = 7
    return folder / "a.zarr"


def make_ome_zarr(folder: Path) -> Path:
    group = zarr.open_group(folder / "a.zarr", mode="w")
    group.create_array("0", data=np.ones((40, 50), np.uint8), chunks=(10, 10))
    group.attrs["ome"] = {
        "version": "0.5",
        "multiscales": [{"axes": ["y", "x"], "datasets": [{"path": "0"}]}],
    }
    return folder / "a.zarr"


MAKERS = [make_tiff, make_zarr, make_ome_zarr]


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))


def remove_a_chunk(path: Path) -> None:
    if path.is_file():
        path.write_bytes(path.read_bytes()[:-10])
    else:
        next(p for p in path.rglob("*") if p.name == "2" and p.is_file()).unlink()


def write_again(path: Path) -> None:
    before = path.stat().st_mtime_ns
    if path.is_file():
        content = bytearray(path.read_bytes())
        content[-1] ^= 255
        path.write_bytes(content)
        os.utime(path, ns=(before, before))
    else:
        chunk = next(p for p in path.rglob("*") if p.name == "2" and p.is_file())
        chunk.write_bytes(chunk.read_bytes() + b"1")


@pytest.mark.parametrize("make", MAKERS)
def test_an_image_that_is_only_read_is_unchanged(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    image = open_image(make(tmp_path))
    assert np.asarray(image.pixels[:]).shape == (40, 50)
    if (tmp_path / "a.zarr").exists():
        (tmp_path / "a.zarr" / ".DS_Store").touch()  # macOS: the folder was looked at
        labels = zarr.open_group(tmp_path / "a.zarr", mode="a") if image.array else None
        if labels is not None:
            labels.require_group("labels").create_array("0", data=np.ones((4, 4)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                zarr.consolidate_metadata(tmp_path / "a.zarr")
    image.check_unchanged()
    image.check_unchanged(quick=True)
    image.close()


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove, "was removed during the run"),
        (move, "was removed during the run"),
        (remove_a_chunk, "has changed since the run began"),
        (write_again, "has changed since the run began"),
    ],
)
def test_a_change_is_found(
    tmp_path: Path,
    make: Callable[[Path], Path],
    change: Callable[[Path], None],
    message: str,
) -> None:
    image = open_image(make(tmp_path))
    change(Path(image.path))
    with pytest.raises(SourceChangedError, match=message):
        image.check_unchanged()
    if change is not write_again:
        with pytest.raises(SourceChangedError, match=message):
            image.check_unchanged(quick=True)
    image.close()


def test_an_image_that_is_written_again_is_another(tmp_path: Path) -> None:
    before = [identify_file(make_zarr(tmp_path)), identify_quickly(tmp_path / "a.zarr")]
    shutil.rmtree(tmp_path / "a.zarr")
    after = [identify_file(make_zarr(tmp_path)), identify_quickly(tmp_path / "a.zarr")]
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (2000, 1500), (3, 40, 50)])
def test_arrays_in_memory_differ_by_their_values(shape: tuple[int, ...]) -> None:
    zeros = np.zeros(shape, np.uint8)
    assert identify_array(zeros) == identify_array(zeros.copy())
    if zeros.size:
        assert identify_array(zeros) != identify_array(zeros + 1)


def test_an_array_is_never_removed() -> None:
    image: Any = np.zeros((4, 4))
    open_image(image).check_unchanged()
    LazyImage(image, "YX", None, "x").check_unchanged(quick=True)
