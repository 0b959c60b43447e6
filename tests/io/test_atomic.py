from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_nuclei.io.atomic import atomic_replace, write_atomic


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
