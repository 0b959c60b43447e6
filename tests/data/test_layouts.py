from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.data.layouts import find_splits, pair_files, unmatched_masks


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        pytest.param(
            ["x/images/x.png", "x/masks/1.png", "x/masks/2.png"],
            {"x/images/x.png": ["x/masks/1.png", "x/masks/2.png"]},
            id="Data Science Bowl",
        ),
        pytest.param(
            ["images/a.png", "images/b.png", "labels/b_mask.tif", "labels/a.tif"],
            {"images/a.png": ["labels/a.tif"], "images/b.png": ["labels/b_mask.tif"]},
            id="two folders",
        ),
        pytest.param(
            ["a.png", "a-labels.png", "b.png"],
            {"a.png": ["a-labels.png"], "b.png": []},
            id="one folder",
        ),
        pytest.param(
            ["a.tif", "a_overlay.png", "b_overlay.png"],
            {"a.tif": [], "b_overlay.png": []},
            id="overlays",
        ),
        pytest.param(
            ["a.tif", "a_labels.tif", "a_mask.png", "a_probability.tif"],
            {"a.tif": ["a_labels.tif"]},
            id="results in several formats",
        ),
    ],
)
def test_masks_are_matched_by_folder_and_name(
    names: list[str], pairs: dict[str, list[str]]
) -> None:
    assert pair_files(names) == pairs
    matched = {mask for masks in pairs.values() for mask in masks}
    assert not matched & set(unmatched_masks(names, pairs))


def test_splits_are_folders_of_these_names(tmp_path: Path) -> None:
    (tmp_path / "valid").mkdir()
    assert find_splits(tmp_path) == {}
    (tmp_path / "train").mkdir()
    (tmp_path / "test").write_text("a file")
    assert find_splits(tmp_path) == {
        "train": tmp_path / "train",
        "val": tmp_path / "valid",
    }
