from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.data.datasets import read_dataset
from napari_nuclei.io.outlines.run_lengths import decode_runs, read_run_lengths
from napari_nuclei.io.readers import read_image
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.files.submission import write_submission


@pytest.fixture
def stage1_test(tmp_path: Path) -> Path:
    """Return images in Kaggle's layout: two with nuclei, one without."""
    for number, name in enumerate(("one", "two", "blank")):
        image, _ = synthetic_nuclei((96, 112), seed=number)
        path = tmp_path / "stage1_test" / name / "images" / f"{name}.png"
        path.parent.mkdir(parents=True)
        grey = (image // 256).astype(np.uint8)
        cv2.imwrite(str(path), np.full_like(grey, 9) if name == "blank" else grey)
    return tmp_path / "stage1_test"


def test_the_images_of_kaggles_layout_become_one_submission(
    stage1_test: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    results = segment_files(stage1_test, out, formats=["kaggle", "labels"])
    assert [result.path.stem for result in results] == ["blank", "one", "two"]
    rows = read_run_lengths(out / "submission.csv")
    assert list(rows) == ["blank", "one", "two"]
    assert rows["blank"] == [""]
    for name, runs in rows.items():
        labels = read_image(out / f"{name}_labels.tif").pixels
        np.testing.assert_array_equal(decode_runs(runs, labels.shape), labels)


def test_a_submission_renamed_as_truth_is_read_as_the_masks(
    stage1_test: Path, tmp_path: Path
) -> None:
    segment_files(stage1_test, tmp_path / "out", formats=["kaggle"])
    submission = tmp_path / "out" / "submission.csv"
    submission.rename(tmp_path / "stage1_test_labels.csv")
    data = read_dataset(stage1_test)
    counts = {sample.name: int(sample.labels.max()) for sample in data}
    assert counts["blank"] == 0
    assert counts["one"] > 1 and counts["two"] > 1


def test_another_run_writes_the_same_submission(
    stage1_test: Path, tmp_path: Path
) -> None:
    segment_files(stage1_test, tmp_path, formats=["kaggle"])
    first = (tmp_path / "submission.csv").read_bytes()
    results = segment_files(stage1_test, tmp_path, formats=["kaggle"])
    assert all(result.already_done for result in results)
    assert (tmp_path / "submission.csv").read_bytes() == first


def test_results_in_several_folders_have_no_submission(stage1_test: Path) -> None:
    with pytest.raises(ValueError, match=r"3 folders\. Name one folder for the"):
        segment_files(stage1_test, formats=["kaggle"])


def test_failed_images_have_no_rows(tmp_path: Path) -> None:
    failed = FileResult(tmp_path / "a.png", reason="broken")
    assert write_submission([failed], tmp_path) is None
