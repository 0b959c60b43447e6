from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.io.atomic import (
    MAX_PARTIAL_AGE,
    atomic_replace,
    name_in_errors,
    remove_old_partial_files,
    sync_tree,
    write_atomic,
    write_files,
)


def test_a_file_is_written_and_replaced_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.bin"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(path.parent) == ["file.bin"]


def test_a_failure_leaves_the_earlier_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("no space is left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.bin"]


def test_the_error_of_a_full_disk_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device") as raised:
        write_atomic(tmp_path / "file.bin", b"new")
    assert raised.value.filename == str(tmp_path / "file.bin")
    assert os.listdir(tmp_path) == []


def test_an_error_that_names_no_file_gets_the_name(tmp_path: Path) -> None:
    path, partial = tmp_path / "a.bin", tmp_path / ".1.partial"
    for named in (None, str(partial)):
        with pytest.raises(OSError, match="File too large") as raised:
            with name_in_errors(path, partial):
                raise OSError(errno.EFBIG, "File too large", named)
        assert raised.value.filename == str(path)
    with pytest.raises(OSError, match="other") as raised, name_in_errors(path):
        raise OSError(errno.EFBIG, "File too large", "other")
    with pytest.raises(OSError, match="no number"), name_in_errors(path):
        raise OSError("no number")


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with atomic_replace(path) as partial:
        partial.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file.bin"]


def test_an_error_of_another_file_keeps_its_name(tmp_path: Path) -> None:
    path, other = tmp_path / "file.bin", tmp_path / "gone.bin"
    path.write_bytes(b"old")
    with pytest.raises(FileNotFoundError) as raised, atomic_replace(path) as partial:
        partial.write_bytes(b"new")
        other.read_bytes()
    assert raised.value.filename == str(other)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.bin"]


def test_a_file_is_on_the_disk_before_it_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, os.replace

    def record(name: str, function: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            calls.append(name)
            function(*arguments)

        return call

    monkeypatch.setattr(os, "fsync", record("sync", sync))
    monkeypatch.setattr(os, "replace", record("replace", replace))
    write_atomic(tmp_path / "file.bin", b"new")
    assert calls[:2] == ["sync", "replace"]
    calls.clear()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.bin").touch()
    sync_tree(tmp_path)
    assert calls.count("sync") >= 2


def test_a_disk_that_cannot_synchronise_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    write_atomic(tmp_path / "file.bin", b"new")
    assert (tmp_path / "file.bin").read_bytes() == b"new"


def test_a_folder_that_was_removed_is_not_created_again(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        write_atomic(tmp_path / "gone" / "file.bin", b"new", parents=False)
    assert raised.value.filename == str(tmp_path / "gone" / "file.bin")
    assert os.listdir(tmp_path) == []


def test_only_old_temporary_files_are_removed(tmp_path: Path) -> None:
    names = [".0123456789ab.partial", ".0123456789ac.csv", ".0123456789ad.partial"]
    others = [".hidden.csv", "a.partial", ".0123456789abc.partial"]
    for name in [*names, *others]:
        (tmp_path / name).touch()
    old = time.time() - 2 * MAX_PARTIAL_AGE
    for name in [*names[:2], *others]:
        os.utime(tmp_path / name, (old, old))
    remove_old_partial_files(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted([names[2], *others])
    remove_old_partial_files(tmp_path / "gone")


def test_new_files_are_removed_if_one_cannot_be_written(tmp_path: Path) -> None:
    old, new, folder = tmp_path / "old", tmp_path / "new", tmp_path / "folder"
    old.write_bytes(b"1")
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_files({old: b"2", new: b"2", folder: b"2"})
    assert old.read_bytes() == b"2"
    assert not new.exists()
