from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.data.folder_plan import FolderPlan, check_all_found, plan_folder


def test_masks_are_planned_before_a_file_is_read(tmp_path: Path) -> None:
    names = ["images/a.png", "images/b.png", "masks/a.png", "masks/b.png"]
    assert plan_folder(tmp_path, names, None) == FolderPlan(
        {"images/a.png": ["masks/a.png"], "images/b.png": ["masks/b.png"]}
    )
    assert list(plan_folder(tmp_path, names, {"b"}).pairs) == ["images/b.png"]
    assert plan_folder(tmp_path, names, {"c"}, partly=True).pairs == {}


def test_given_run_lengths_replace_the_masks(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("ImageId,EncodedPixels\na,1 2\n")
    plan = plan_folder(tmp_path, ["a/images/a.png", "a/masks/1.png"], None, file)
    assert plan.pairs == {"a/images/a.png": []}
    assert (plan.runs, plan.runs_file) == ({"a": ["1 2"]}, file)


def test_missing_names_are_counted(tmp_path: Path) -> None:
    check_all_found(tmp_path, None, set())
    check_all_found(tmp_path, {"a"}, {"a", "b"})
    with pytest.raises(ValueError, match="lacks 2 of the requested images, such as c"):
        check_all_found(tmp_path, {"a", "c", "d"}, {"a"})
