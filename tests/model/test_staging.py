from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.model import store
from napari_nuclei.model.staging import MAX_LEFTOVER_AGE, stage_model
from napari_nuclei.model.store import DEFAULT_MODEL, find_model

Fill = Callable[..., None]
Add = Callable[..., Path]
Tree = Callable[[Path], dict[str, bytes]]


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_name_of_a_bundled_model_is_taken(overwrite: bool) -> None:
    with (
        pytest.raises(
            FileExistsError, match=f"There is a bundled model named {DEFAULT_MODEL}"
        ),
        stage_model(DEFAULT_MODEL, overwrite=overwrite),
    ):
        pass


def test_a_taken_name_is_refused_unless_overwrite_is_set(add: Add) -> None:
    add("mine", b"old")
    with pytest.raises(FileExistsError, match="There is already a model named mine"):
        add("mine", b"new")
    assert (find_model("mine").folder / "model.tflite").read_bytes() == b"dlo"
    add("mine", b"new", overwrite=True)
    assert (find_model("mine").folder / "model.tflite").read_bytes() == b"wen"


def disk_full(*args: Any, **options: Any) -> Any:
    raise OSError(28, "No space left on device")


FAILURES: dict[str, tuple[str, Any]] = {
    "as a file is written": ("write_bytes", Path),
    "as the card is written": ("replace", store.os),
    "as the model takes its name": ("rename", Path),
}


@pytest.mark.parametrize("overwrite", [False, True], ids=["new", "replacing"])
@pytest.mark.parametrize(("method", "owner"), FAILURES.values(), ids=FAILURES)
def test_a_full_disk_leaves_the_earlier_model(
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    owner: Any,
    overwrite: bool,
    add: Add,
    tree: Tree,
) -> None:
    add("other")
    if overwrite:
        add("mine", b"old")
    before = tree(own_models)
    monkeypatch.setattr(owner, method, disk_full)
    with pytest.raises(OSError, match="No space left"):
        add("mine", b"new", overwrite=overwrite)
    monkeypatch.undo()
    assert tree(own_models) == before


def test_an_earlier_model_is_restored_if_the_new_one_cannot_replace_it(
    own_models: Path, monkeypatch: pytest.MonkeyPatch, add: Add, tree: Tree
) -> None:
    add("mine", b"old")
    before = tree(own_models)
    rename = Path.rename

    def second_fails(self: Path, target: Path) -> Path:
        if self.name.startswith(".mine-") and not self.name.endswith(".replaced"):
            disk_full()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(OSError, match="No space left"):
        add("mine", b"new", overwrite=True)
    assert tree(own_models) == before


def test_a_model_without_a_card_is_not_added(own_models: Path, tree: Tree) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"has no card\.json"),
        stage_model("mine"),
    ):
        pass
    assert tree(own_models) == {}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_any_exception_leaves_no_files(
    own_models: Path, error: type[BaseException], fill: Fill, tree: Tree
) -> None:
    with pytest.raises(error), stage_model("mine") as folder:
        fill(folder)
        raise error
    assert tree(own_models) == {}


def test_of_two_models_added_under_one_name_the_second_is_refused(
    own_models: Path, fill: Fill
) -> None:
    with (
        pytest.raises(FileExistsError, match="There is already a model named mine"),
        stage_model("mine") as second,
    ):
        fill(second, content=b"second")
        with stage_model("mine") as first:
            fill(first, content=b"first")
    assert (own_models / "mine" / "model.tflite").read_bytes() == b"tsrif"
    assert [path.name for path in own_models.iterdir()] == ["mine"]


def test_of_two_models_that_replace_a_third_the_last_one_stays(
    own_models: Path, add: Add, fill: Fill
) -> None:
    add("mine", b"old")
    with stage_model("mine", overwrite=True) as second:
        fill(second, content=b"second")
        with stage_model("mine", overwrite=True) as first:
            fill(first, content=b"first")
    assert (own_models / "mine" / "model.tflite").read_bytes() == b"dnoces"
    assert [path.name for path in own_models.iterdir()] == ["mine"]


def make_old(path: Path) -> None:
    before = time.time() - MAX_LEFTOVER_AGE - 60
    os.utime(path, (before, before))


def test_what_killed_processes_left_is_removed_after_a_day(
    own_models: Path, add: Add
) -> None:
    add("other")
    leftovers = [".mine-abc_1234", ".import-0123abcd", ".my.model-1-abcdefgh"]
    others = [".training", ".checked", ".own", "mine-abcdefgh", ".hidden-model"]
    for name in leftovers + others:
        (own_models / name / "figures").mkdir(parents=True)
        make_old(own_models / name)
    (own_models / ".mine-87654321").mkdir()
    add("another")
    left = {path.name for path in own_models.iterdir()}
    assert left == {"other", "another", ".mine-87654321", *others}
