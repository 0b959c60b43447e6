from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from napari_nuclei.model.replacement import rename_folder, replace_folder
from napari_nuclei.model.store import find_model, list_models

Add = Callable[..., Path]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def with_file(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "file").write_text(content)
    return folder


def test_a_folder_is_not_renamed_to_one_with_files(tmp_path: Path) -> None:
    source = with_file(tmp_path / "source", "new")
    target = with_file(tmp_path / "target", "old")
    with pytest.raises(FileExistsError, match="already a model named target"):
        rename_folder(source, target)
    assert (target / "file").read_text() == "old"
    assert names(tmp_path) == ["source", "target"]


def test_a_missing_folder_is_no_taken_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename_folder(tmp_path / "source", tmp_path / "target")


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_replaces_another(tmp_path: Path, exists: bool) -> None:
    if exists:
        with_file(tmp_path / "mine", "old")
    replace_folder(with_file(tmp_path / ".mine-abcdefgh", "new"), tmp_path / "mine")
    assert (tmp_path / "mine" / "file").read_text() == "new"
    assert names(tmp_path) == ["mine"]


def test_a_model_added_between_two_renames_is_replaced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = with_file(tmp_path / "mine", "old")
    source = with_file(tmp_path / ".mine-abcdefgh", "new")
    rename, added = Path.rename, []

    def with_another_process(self: Path, to: Path) -> Path:
        if self == source and not added:
            added.append(with_file(target, "of another process"))
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", with_another_process)
    replace_folder(source, target)
    assert added
    assert (target / "file").read_text() == "new"
    assert names(tmp_path) == ["mine"]


def test_a_model_whose_replacement_was_killed_is_listed(
    own_models: Path, add: Add
) -> None:
    add("my-model").rename(own_models / ".my-model-abcdefgh.replaced")
    assert [entry.name for entry in list_models() if not entry.bundled] == ["my-model"]
    assert find_model("my-model").folder == own_models / "my-model"


def test_a_new_model_is_not_replaced_by_the_earlier_one(
    own_models: Path, add: Add
) -> None:
    earlier, new = add("mine", b"old"), add("other", b"new")
    # The process was killed after it had given the new model its name.
    earlier.rename(own_models / ".mine-abcdefgh.replaced")
    new.rename(own_models / "mine")
    assert (find_model("mine").folder / "model.tflite").read_bytes() == b"wen"
