from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.data.annotation_file import write_annotations
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.paths import TrainingPaths
from napari_nuclei.model.store import ANNOTATIONS_FILE

SQUARE = np.pad(np.ones((9, 9), np.uint8), 12)


def write(folder: Path, *names: str, masks: str = "masks") -> Path:
    for name in names:
        for kind in ("images", masks):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(folder / kind / f"{name}.tif", SQUARE)
    return folder


def names(samples: list[Sample] | None) -> list[str] | None:
    return None if samples is None else [sample.name for sample in samples]


def read(*args: Path, **options: Path) -> tuple[list[str] | None, ...]:
    return tuple(names(some) for some in TrainingPaths(*args, **options).read())


def test_validation_is_a_val_folder_or_a_given_path(
    tmp_path: Path,
) -> None:
    plain = write(tmp_path / "plain", "a", "b")
    assert read(plain) == (["a", "b"], None)
    other = write(tmp_path / "other", "c")
    assert read(plain, val=other) == (["a", "b"], ["c"])
    write(tmp_path / "split" / "train", "d")
    write(tmp_path / "split" / "val", "e")
    assert read(tmp_path / "split") == (["d"], ["e"])
    assert read(tmp_path / "split", val=other) == (["d"], ["c"])


def test_text_files_select_images(tmp_path: Path) -> None:
    data = write(tmp_path / "data", "a", "b", "c")
    (tmp_path / "some.txt").write_text("a\nc\n")
    (tmp_path / "rest.txt").write_text("b\n")
    ids = {"ids": tmp_path / "some.txt", "val_ids": tmp_path / "rest.txt"}
    assert read(data, **ids) == (["a", "c"], ["b"])


def test_the_validation_path_is_found_before_an_image_is_read(
    tmp_path: Path,
) -> None:
    plain, listed = tmp_path / "plain", tmp_path / "some.txt"
    assert TrainingPaths(plain).validation_path() is None
    assert TrainingPaths(plain, labels=tmp_path).validation_path() is None
    assert TrainingPaths(plain, val=tmp_path).validation_path() == tmp_path
    assert TrainingPaths(plain, val_ids=listed).validation_path() == plain
    assert (
        TrainingPaths(tmp_path / ANNOTATIONS_FILE).validation_path()
        == tmp_path / ANNOTATIONS_FILE
    )
    for part in ("train", "valid"):
        (tmp_path / "split" / part).mkdir(parents=True)
    found = TrainingPaths(tmp_path / "split").validation_path()
    assert found == tmp_path / "split" / "valid"


def test_labels_may_be_in_another_folder(tmp_path: Path) -> None:
    data = write(tmp_path, "a", "b", masks="painted")
    assert read(data / "images", data / "painted") == (["a", "b"], None)


def test_annotations_of_an_earlier_training_stay_split(tmp_path: Path) -> None:
    one, two = (Sample(name, SQUARE, SQUARE.astype(np.int32)) for name in "ab")
    write_annotations(tmp_path / ANNOTATIONS_FILE, [one], [two])
    assert read(tmp_path / ANNOTATIONS_FILE) == (["a"], ["b"])
    other = write(tmp_path / "other", "c")
    assert read(tmp_path / ANNOTATIONS_FILE, val=other) == (["a"], ["c"])


@pytest.mark.parametrize("option", ["ids", "val_ids"])
def test_image_names_select_in_data_sets_only(tmp_path: Path, option: str) -> None:
    data = write(tmp_path, "a", "b", masks="painted")
    (tmp_path / "some.txt").write_text("a")
    chosen = {option: tmp_path / "some.txt"}
    with pytest.raises(
        ValueError, match=r"\(ids, val_ids\) select .* are used completely"
    ):
        TrainingPaths(data / "images", data / "painted", **chosen).read()
    with pytest.raises(ValueError, match=r"annotations\.npz are used completely"):
        TrainingPaths(tmp_path / ANNOTATIONS_FILE, **chosen).read()


def test_val_ids_select_in_a_validation_set_despite_separate_labels(
    tmp_path: Path,
) -> None:
    data = write(tmp_path, "a", "b", masks="painted")
    other = write(tmp_path / "other", "c", "d")
    (tmp_path / "some.txt").write_text("d")
    found = read(
        data / "images", data / "painted", val=other, val_ids=tmp_path / "some.txt"
    )
    assert found == (["a", "b"], ["d"])


def test_progress_is_reported_and_missing_files_are_named(
    tmp_path: Path,
) -> None:
    calls: list[tuple[int, int]] = []
    data = write(tmp_path / "data", "a", "b")
    files = TrainingPaths(data)
    files.check()
    files.read(lambda *step: calls.append(step))
    assert calls == [(1, 2), (2, 2)]
    with pytest.raises(FileNotFoundError, match=r"gone: There is no such file"):
        TrainingPaths(data, val=tmp_path / "gone").check()


@pytest.mark.parametrize("name", ["ids", "val_ids", "val"])
def test_a_wrong_path_is_told_before_an_image_is_read(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"no image")
    missing = tmp_path / "missing.txt"
    with pytest.raises(FileNotFoundError, match=r"missing\.txt"):
        TrainingPaths(tmp_path, **{name: missing}).read()
