"""Every function that reads files refuses those of too many pixels."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_nuclei import (
    MeasureConfig,
    evaluate,
    measure_file,
    read_ctc,
    read_dataset,
    read_image,
    read_labels,
    segment_file,
    segment_files,
    train,
    train_test_split,
)
from napari_nuclei.config import TrainConfig
from napari_nuclei.data.paths import TrainingPaths
from napari_nuclei.training.read_data import read_and_prepare

SIDE = 600
LIMIT = SIDE**2 - 1


def write_flat(path: Path, value: int) -> None:
    """Write an image that is much smaller as a file than in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((SIDE, SIDE), value, np.uint8)
    pixels[9:30, 9:30] = 3
    tifffile.imwrite(path, pixels, compression="zlib")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "set"
    for name in ("a", "b"):
        write_flat(root / "images" / f"{name}.tif", 90)
        write_flat(root / "labels" / f"{name}.tif", 0)
    return root


def write_plain(path: Path) -> Path:
    """Write an image that is about as large as in memory, so it is never refused."""
    tifffile.imwrite(path, np.eye(SIDE, dtype=np.uint8))
    return path


def write_frames(folder: Path) -> Path:
    """Write a track in the format of the Cell Tracking Challenge."""
    write_flat(folder / "frames" / "mask000.tif", 0)
    (folder / "frames" / "res_track.txt").write_text("3 0 0 0\n")
    return folder / "frames"


def make_zip(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.rglob("*.tif"):
            archive.write(file, file.relative_to(folder))
    return path


def make_parts(folder: Path) -> Path:
    parts = folder.parent / "parts"
    for part in ("train", "val", "test"):
        for kind in ("images", "labels"):
            write_flat(parts / part / kind / f"{part}.tif", 0)
    return parts


def prepare(data: Any, validation: Any = None, **limit: Any) -> object:
    config = TrainConfig(patch_size=64, batch=4)
    return read_and_prepare(data, validation, config, None, lambda line: None, **limit)


def image_and_labels(folder: Path) -> tuple[Path, Path]:
    return folder / "images" / "a.tif", folder / "labels" / "a.tif"


READERS: dict[str, Callable[..., object]] = {
    "read_image": lambda f, **limit: read_image(f / "images" / "a.tif", **limit),
    "read_labels": lambda f, **limit: read_labels(f / "labels" / "a.tif", **limit),
    "read_dataset": read_dataset,
    "read_dataset, zip": lambda f, **limit: read_dataset(make_zip(f), **limit),
    "read_dataset, parts": lambda f, **limit: read_dataset(make_parts(f), **limit),
    "train_test_split": train_test_split,
    "measure_file, labels": lambda f, **limit: measure_file(
        f / "labels" / "a.tif", **limit
    ),
    "segment_file": lambda f, **limit: segment_file(
        f / "images" / "a.tif", f / "out.tif", **limit
    ),
    "segment_file, image to measure": lambda f, **limit: segment_file(
        write_plain(f / "plain.tif"),
        f / "out",
        formats=["csv"],
        measurements=MeasureConfig(images={"other": f / "images" / "a.tif"}),
        **limit,
    ),
    "read_ctc": lambda f, **limit: read_ctc(write_frames(f), **limit),
    "evaluate, folder": evaluate,
    "evaluate, parts": lambda f, **limit: evaluate(make_parts(f), **limit),
    "evaluate, two files": lambda f, **limit: evaluate(image_and_labels(f), **limit),
    "evaluate, pairs": lambda f, **limit: evaluate([image_and_labels(f)], **limit),
    "train": train,
    "training, folder": prepare,
    "training, parts": lambda f, **limit: prepare(make_parts(f), **limit),
    "training, several": lambda f, **limit: prepare([str(f), f"{f}:0.5"], **limit),
    "training, pairs": lambda f, **limit: prepare([image_and_labels(f)], **limit),
    "training, two folders": lambda f, **limit: prepare(
        (f / "images", f / "labels"), **limit
    ),
    "training, validation": lambda f, **limit: prepare(
        (np.eye(90), np.eye(90, dtype=int)), f, **limit
    ),
    "paths of a training": lambda f, **limit: TrainingPaths(f, **limit).read(),
    "paths of validation images": lambda f, **limit: TrainingPaths(
        f / "images", f / "labels", val=f, **limit
    ).read(),
}


@pytest.mark.filterwarnings("ignore:.*binary:UserWarning")
@pytest.mark.parametrize("name", READERS)
def test_a_function_refuses_a_file_above_its_limit(name: str, folder: Path) -> None:
    with pytest.raises(ValueError, match=f"states 360,000 pixels.* limit of {LIMIT:,}"):
        READERS[name](folder, max_pixels=LIMIT)


@pytest.mark.filterwarnings("ignore:.*binary:UserWarning")
def test_a_limit_that_is_raised_lets_a_file_pass(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_labels(folder / "labels" / "a.tif", max_pixels=LIMIT + 1).max() == 3
    assert len(read_dataset(folder, max_pixels=LIMIT + 1)) == 2
    assert len(measure_file(folder / "labels" / "a.tif", max_pixels=LIMIT + 1)) == 1


def test_files_of_a_run_get_their_reason(folder: Path) -> None:
    found = segment_files(folder / "images", folder / "out", max_pixels=LIMIT)
    assert [("limit of 359,999" in one.reason) for one in found] == [True, True]


def test_a_zip_that_unpacks_to_far_more_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for kind in ("images", "labels"):
            archive.writestr(f"{kind}/a.tif", bytes(16 * SIDE**2))
    with pytest.raises(ValueError, match=r"a\.tif .* states 360,000 pixels"):
        read_dataset(path, max_pixels=LIMIT)
