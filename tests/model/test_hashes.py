from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.hashes import check_hash, file_hash


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"network")
    return path


def test_the_hash_of_a_file_is_its_sha256(path: Path) -> None:
    assert file_hash(path) == hashlib.sha256(b"network").hexdigest()


def test_a_changed_file_is_refused(path: Path) -> None:
    card = ModelCard("mine", sha256={"model.tflite": file_hash(path)})
    check_hash(path, card, file_hash(path))
    path.write_bytes(b"netw0rk")
    with pytest.raises(ValueError, match=r"model\.tflite is damaged: its hash differs"):
        check_hash(path, card, file_hash(path))


def test_a_card_without_hash_is_logged(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    check_hash(path, ModelCard("mine"), file_hash(path))
    assert "model.tflite has no hash on its model card" in caplog.text
