from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_nuclei.io.locks import lock_path
from napari_nuclei.scale.destination import (
    check_destination,
    get_partial_folder,
    remove_folder,
    remove_leftovers,
)


def test_a_destination_may_exist_only_if_its_run_is_unfinished(tmp_path: Path) -> None:
    out = tmp_path / "out.zarr"
    assert check_destination(out, None) is None
    out.mkdir()
    with pytest.raises(FileExistsError, match="already exists; remove it or name"):
        check_destination(out, None)
    get_partial_folder(out).mkdir()
    table = check_destination(out, tmp_path / "a.csv")
    assert table == tmp_path / "a.csv"


def test_a_table_needs_a_suffix(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in \.csv or \.parquet; got a\.xls"):
        check_destination(tmp_path / "out.zarr", tmp_path / "a.xls")


def test_a_folder_is_removed_and_one_that_cannot_be_renamed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError

    for _ in range(2):
        (tmp_path / "a" / "b").mkdir(parents=True)
        remove_folder(tmp_path / "a")
        assert os.listdir(tmp_path) == []
        monkeypatch.setattr(Path, "replace", refuse)


def test_only_leftovers_of_one_folder_are_removed(tmp_path: Path) -> None:
    partial = tmp_path / "out[1].partial"
    names = [".out[1].partial-0123456789ab", ".out[2].partial-0123456789ab", "out[1]"]
    for name in names:
        (tmp_path / name / "inside").mkdir(parents=True)
    remove_leftovers(partial)
    assert sorted(os.listdir(tmp_path)) == sorted(names[1:])
    remove_leftovers(tmp_path / "missing" / "out.partial")


def test_the_lock_of_a_killed_process_is_removed_with_the_error(tmp_path: Path) -> None:
    out, lock = tmp_path / "out.zarr", tmp_path / "out.zarr.lock"
    out.mkdir()
    for content, names in [
        ('{"host": "node17", "pid": 4}', ["out.zarr", "out.zarr.lock"]),
        ("", ["out.zarr"]),
    ]:
        lock.write_text(content)
        with pytest.raises(FileExistsError):
            check_destination(out, None)
        assert sorted(os.listdir(tmp_path)) == names
    with lock_path(out):
        with pytest.raises(FileExistsError):
            check_destination(out, None)
        assert lock.exists()
