from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.model.exchange import export_model
from napari_nuclei.model.exports import network_files
from napari_nuclei.model.store import ModelEntry


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the converters, which take seconds."""
    monkeypatch.setattr(network_files, "encode_onnx", lambda model, card: b"onnx")
    monkeypatch.setattr(network_files, "encode_package", lambda entry, model: b"zip")


@pytest.mark.parametrize(
    ("name", "expected"), [("a.onnx", b"onnx"), ("a.bioimageio.zip", b"zip")]
)
def test_a_file_is_written(
    name: str, expected: bytes, entry: ModelEntry, tmp_path: Path, encoded: None
) -> None:
    path = export_model(entry.folder, tmp_path / name)
    assert path.read_bytes() == expected
    with pytest.raises(FileExistsError, match=f"{name} already exists"):
        export_model(entry.folder, path)


def test_a_failed_export_leaves_nothing(
    entry: ModelEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> bytes:
        raise ValueError("The model cannot be converted to ONNX (a reason)")

    monkeypatch.setattr(network_files, "encode_onnx", fail)
    monkeypatch.setattr(network_files, "write_saved_model", fail)
    out = tmp_path / "out"
    out.mkdir()
    for name in ("a.onnx", "a.savedmodel"):
        with pytest.raises(ValueError, match="cannot be converted"):
            export_model(entry.folder, out / name)
    assert list(out.iterdir()) == []


def test_a_folder_of_a_saved_model_replaces_an_earlier_one(
    entry: ModelEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(model: Any, card: Any, folder: Path) -> None:
        folder.mkdir()
        (folder / "saved_model.pb").write_bytes(b"graph")

    monkeypatch.setattr(network_files, "write_saved_model", write)
    path = tmp_path / "a.savedmodel"
    path.mkdir()
    (path / "old").write_bytes(b"")
    with pytest.raises(FileExistsError, match=r"a\.savedmodel already exists"):
        export_model(entry.folder, path)
    assert export_model(entry.folder, path, overwrite=True) == path
    assert [each.name for each in path.iterdir()] == ["saved_model.pb"]


def test_a_zip_needs_no_keras(entry: ModelEntry, tmp_path: Path) -> None:
    path = export_model(entry.folder, tmp_path / "a.zip")
    assert zipfile.is_zipfile(path)
