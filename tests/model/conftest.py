"""Folders of models whose networks are never run."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import models_folder, stage_model, write_card


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
    """Return a function that gives all below a folder, hidden and empty ones too."""

    def do(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            if path.is_file()
            else b""
            for path in folder.rglob("*")
        }

    return do
