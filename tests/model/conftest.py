"""Folders of models, and a stand-in for their networks."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei.config.outputs import REQUIRED_CHANNELS
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model import exchange, selftest
from napari_nuclei.model.staging import stage_model
from napari_nuclei.model.store import (
    models_folder,
    read_card,
    write_card,
)


@pytest.fixture
def fill() -> Callable[..., None]:
    """Return a function that puts the files of a model into a folder."""

    def do(folder: Path, name: str = "mine", content: bytes = b"network") -> None:
        with zipfile.ZipFile(folder / "model.keras", "w") as archive:
            archive.writestr("config.json", "{}")
            archive.writestr("weights", content)
        (folder / "model.tflite").write_bytes(content[::-1])
        (folder / "figures").mkdir()
        (folder / "figures" / "curves.png").write_bytes(b"picture")
        write_card(folder, ModelCard(name, description="made by a test"))

    return do


@pytest.fixture
def add(fill: Callable[..., None]) -> Callable[..., Path]:
    """Return a function that adds a model."""

    def do(name: str, content: bytes = b"network", **options: Any) -> Path:
        with stage_model(name, **options) as folder:
            fill(folder, name, content)
        return models_folder() / name

    return do


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Return a function that reads all files below a folder, hidden ones too."""

    def do(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            if path.is_file()
            else b""
            for path in folder.rglob("*")
        }

    return do


class Bright:
    """Stand in for a network: pixels brighter than `level` are foreground."""

    level = 0.3

    def __call__(self, tiles: np.ndarray) -> np.ndarray:
        foreground = 1 / (1 + np.exp(-20 * (tiles[..., :1] - self.level)))
        return np.concatenate([foreground, foreground], axis=-1).astype(np.float32)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Bright:
    """Let self-tests run on a stand-in for the network, whose files are not opened."""
    bright = Bright()
    for check in ("check_network_file", "check_weights"):
        monkeypatch.setattr(exchange, check, lambda *args: None)

    def load(folder: Path) -> Segmenter:
        card = replace(read_card(folder), channels=REQUIRED_CHANNELS)
        return Segmenter(bright, card)

    monkeypatch.setattr(selftest, "load_segmenter", load)
    return bright
