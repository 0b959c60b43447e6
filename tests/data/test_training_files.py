from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.data import training_files
from napari_nuclei.data.training_files import choose_evenly, open_training_files
from napari_nuclei.data.weighted_paths import WeightedPath

MakeSet = Callable[..., Path]


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    """Return a function that writes a data set of numbered images."""

    def write(name: str, count: int, part: str = "") -> Path:
        folder = tmp_path / name / part
        for kind in ("images", "labels"):
            (folder / kind).mkdir(parents=True)
        labels = np.zeros((20, 30), np.uint16)
        labels[2:9, 3:11], labels[12:18, 15:25], labels[3:8, 20:27] = 1, 2, 3
        for number in range(count):
            image = np.full((20, 30), number, np.uint8)
            tifffile.imwrite(folder / "images" / f"{part}{number}.tif", image)
            tifffile.imwrite(folder / "labels" / f"{part}{number}.tif", labels)
        return tmp_path / name

    return write


def test_lists_in_a_folder_separate_training_and_validation(make_set: MakeSet) -> None:
    path = make_set("a", 6)
    (path / "train_ids.txt").write_text("0\n1\n2\n")
    (path / "val_ids.txt").write_text("4\n")
    files = open_training_files([WeightedPath(path)])
    assert [file.name for file in files.training] == ["0", "1", "2"]
    validation = files.read_validation(0)
    assert validation is not None
    assert [sample.name for sample in validation] == ["4"]


def test_validation_images_are_never_trained_on(make_set: MakeSet) -> None:
    path = make_set("a", 6)
    (path / "val_ids.txt").write_text("4\n")
    files = open_training_files([WeightedPath(path)])
    assert "4" not in [file.name for file in files.training]
    assert len(files.training) == 5
    (path / "train_ids.txt").write_text("3\n4\n")
    with pytest.raises(ValueError, match=r"have images in common, such as 4"):
        open_training_files([WeightedPath(path)])


def test_several_sets_have_their_names_in_the_names_of_images(
    make_set: MakeSet,
) -> None:
    first, second = make_set("a", 3), make_set("b", 2)
    (second / "dataset.json").write_text('{"licence": "CC0"}')
    files = open_training_files([WeightedPath(first), WeightedPath(second, 0.5)])
    names = [file.name for file in files.training]
    assert names == ["a/0", "a/1", "a/2", "b/0", "b/1"]
    assert files.datasets == ["a"] * 3 + ["b"] * 2
    assert files.weights == {"a": 1.0, "b": 0.5}
    assert files.sets[1].info.licence == "CC0"
    assert files.read_validation(0) is None


def test_a_set_that_is_given_twice_has_two_names(make_set: MakeSet) -> None:
    path = WeightedPath(make_set("a", 2))
    assert list(open_training_files([path, path]).weights) == ["a", "a 2"]


def test_the_parts_train_and_val_are_used(make_set: MakeSet) -> None:
    make_set("a", 3, "train")
    path = make_set("a", 2, "val")
    files = open_training_files([WeightedPath(path)])
    assert [file.name for file in files.training] == ["train0", "train1", "train2"]
    validation = files.read_validation(0)
    assert validation is not None
    assert [sample.name for sample in validation] == ["val0", "val1"]


def test_a_validation_set_replaces_the_lists(make_set: MakeSet) -> None:
    path, other = make_set("a", 4), make_set("b", 3)
    (path / "val_ids.txt").write_text("1\n")
    files = open_training_files([WeightedPath(path)], validation=other)
    validation = files.read_validation(0)
    assert validation is not None
    assert len(validation) == 3


def test_images_are_held_out_of_every_set(make_set: MakeSet) -> None:
    paths = [WeightedPath(make_set("a", 10)), WeightedPath(make_set("b", 4))]
    files = open_training_files(paths).hold_out(0.25, seed=0)
    assert [len(one.validation) for one in files.sets] == [2, 1]
    validation = files.read_validation(0)
    assert validation is not None
    names = {file.name for file in files.training}
    assert len(names) == 11
    assert not names & {sample.name for sample in validation}


def test_names_of_images_need_a_single_set(make_set: MakeSet, tmp_path: Path) -> None:
    paths = [WeightedPath(make_set("a", 2)), WeightedPath(make_set("b", 2))]
    with pytest.raises(ValueError, match=r"put a file train_ids\.txt .* into each"):
        open_training_files(paths, ids=tmp_path / "ids.txt")


def test_a_probe_has_images_of_every_set(
    make_set: MakeSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_files, "PROBE_IMAGES", 6)
    paths = [WeightedPath(make_set("a", 12)), WeightedPath(make_set("b", 2))]
    files = open_training_files(paths)
    probe = [files.datasets[number] for number in files.choose_probe(0)]
    assert sorted(probe) == ["a"] * 4 + ["b"] * 2


def test_all_items_are_chosen_if_there_are_few() -> None:
    assert choose_evenly(["a", "b", "a"], 9, seed=0) == [0, 1, 2]


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=60),
    st.integers(1, 70),
    st.integers(0, 9),
)
def test_items_are_chosen_evenly_from_all_groups(
    groups: list[int], count: int, seed: int
) -> None:
    chosen = choose_evenly(groups, count, seed)
    assert len(set(chosen)) == len(chosen) == min(count, len(groups))
    counts = Counter(groups[index] for index in chosen)
    for group, size in Counter(groups).items():
        if counts[group] < size:
            assert counts[group] >= max(counts.values()) - 1
