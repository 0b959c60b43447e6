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

from napari_nuclei.io.checks import source_identity
from napari_nuclei.io.checks.source_identity import (
    HiddenChangeError,
    SourceChangedError,
    identify_array,
    identify_content,
    identify_file,
    identify_quickly,
    iter_pieces,
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


def make_compressed_tiff(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (900, 700), np.uint8)
    tifffile.imwrite(folder / "a.tif", pixels, tile=(64, 64), compression="zlib")
    return folder / "a.tif"


def change_the_middle(path: Path) -> None:
    """Change one byte in the middle of a file; its size and times stay."""
    if path.is_dir():
        path = next(p for p in path.rglob("*") if p.name == "2" and p.is_file())
    before, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("make", [*MAKERS, make_compressed_tiff])
def test_a_change_that_size_and_time_hide_is_found_in_the_content(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    image = open_image(make(tmp_path))
    content = image.identify_content()
    image.check_content(content)
    change_the_middle(Path(image.path))
    with pytest.raises(HiddenChangeError, match="has changed since the run began"):
        image.check_content(content)
    image.close()


@pytest.mark.parametrize("make", MAKERS)
def test_a_file_that_was_removed_is_said_to_be(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    image = open_image(make(tmp_path))
    content = image.identify_content()
    remove(Path(image.path))
    with pytest.raises(SourceChangedError, match="was removed during the run"):
        image.check_content(content)
    image.close()


def test_a_chunk_that_took_the_name_of_another_changes_the_content(
    tmp_path: Path,
) -> None:
    path = make_zarr(tmp_path)
    before = identify_content(path)
    chunk = next(p for p in path.rglob("*") if p.name == "2" and p.is_file())
    chunk.rename(chunk.with_name("7"))
    assert identify_content(path) != before


def test_pieces_of_a_large_file_are_spread_over_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_identity, "PIECE_BYTES", 10)
    monkeypatch.setattr(source_identity, "MAX_HASHED_BYTES", 340)
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(250)) * 4)
    assert len(b"".join(iter_pieces(path, 1))) == 1000
    pieces = list(iter_pieces(path, 3))
    assert [piece[0] for piece in pieces[:3]] == [0, 30, 60]
    assert sum(map(len, pieces)) == 340
    before = identify_content(path)
    content = bytearray(path.read_bytes())
    content[600:640] = bytes(40)
    path.write_bytes(content)
    assert identify_content(path) != before


def test_the_content_of_an_array_is_empty() -> None:
    image = open_image(np.zeros((4, 4)))
    assert image.identify_content() == ""
    image.check_content("")


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
