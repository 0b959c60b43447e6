from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_nuclei.data.datasets import read_dataset
from napari_nuclei.data.pairs import read_pairs
from napari_nuclei.data.run_length_masks import find_run_lengths
from napari_nuclei.io.outlines.run_lengths import encode_submission, join_submissions


@pytest.fixture
def truth(discs) -> dict[str, np.ndarray]:
    """Return labels of two images; in one, two nuclei touch."""
    return {
        "one": discs((40, 50), [(15, 15, 6), (30, 35, 7)]),
        "two": discs((30, 60), [(15, 15, 8), (15, 31, 8)]),
    }


@pytest.fixture
def kaggle(tmp_path: Path, truth: dict[str, np.ndarray]) -> Path:
    """Return a folder in Kaggle's layout, with its run lengths beside it."""
    folder, parts = tmp_path / "stage1_train", []
    for name, labels in truth.items():
        image = folder / name / "images" / f"{name}.png"
        image.parent.mkdir(parents=True)
        cv2.imwrite(str(image), np.where(labels > 0, 200, 20).astype(np.uint8))
        parts.append(tmp_path / f"{name}.part")
        parts[-1].write_bytes(encode_submission(name, labels))
    labels_file = tmp_path / "stage1_train_labels.csv"
    labels_file.write_bytes(join_submissions(parts))
    return folder


def check(samples, truth: dict[str, np.ndarray]) -> None:
    assert {sample.name for sample in samples} == set(truth)
    for sample in samples:
        np.testing.assert_array_equal(sample.labels, truth[sample.name])
        assert sample.mask_kind == "labels"


def test_run_lengths_beside_the_folder_are_its_masks(kaggle: Path, truth) -> None:
    check(read_dataset(kaggle), truth)


def test_run_lengths_inside_the_folder_or_named_are_read_too(
    kaggle: Path, truth, tmp_path: Path
) -> None:
    file = tmp_path / "stage1_train_labels.csv"
    check(read_pairs(kaggle, file), truth)
    file.rename(kaggle / "masks.csv")
    check(read_dataset(kaggle), truth)


def test_the_download_is_a_data_set_with_the_part_train(
    kaggle: Path, truth, tmp_path: Path
) -> None:
    (tmp_path / "stage1_test" / "x" / "images").mkdir(parents=True)
    data = read_dataset(tmp_path)
    check(data.train, truth)
    assert (len(data), data.train[0].split) == (2, "train")


def test_a_submission_is_never_taken_for_truth(kaggle: Path, tmp_path: Path) -> None:
    file = tmp_path / "stage1_train_labels.csv"
    file.rename(tmp_path / "stage1_sample_submission.csv")
    with pytest.raises(ValueError, match="2 of 2 images have no mask"):
        read_dataset(kaggle)


def test_a_missing_image_and_a_wrong_row_are_named(
    kaggle: Path, tmp_path: Path
) -> None:
    file = tmp_path / "stage1_train_labels.csv"
    rows = file.read_text().splitlines()
    file.write_text("\n".join(row for row in rows if not row.startswith("two")))
    with pytest.raises(ValueError, match=r"1 of 2 .* stage1_train_labels.csv does not"):
        read_dataset(kaggle)
    file.write_text("\n".join([*rows, "two,1999 7"]))
    with pytest.raises(ValueError, match=r"labels.csv: two: A run ends at pixel 2005"):
        read_dataset(kaggle)


def test_two_files_with_masks_of_the_same_images_are_a_question(
    kaggle: Path, tmp_path: Path
) -> None:
    first = tmp_path / "stage1_train_labels.csv"
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(first.read_bytes())
    found = find_run_lengths(kaggle, {"one"})
    assert found is not None and found[0] == first
    first.unlink()
    with pytest.raises(ValueError, match=r"several files .* a.csv and b.csv"):
        find_run_lengths(kaggle, {"one"})
