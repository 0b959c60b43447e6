"""A model with a small network, as an entry of the store."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from napari_nuclei.model.store import ModelEntry, read_entry


@pytest.fixture
def entry(small_base: Path, tmp_path: Path) -> ModelEntry:
    """Return a model of one's own, whose card names a licence and a version."""
    folder = tmp_path / "small"
    shutil.copytree(small_base, folder)
    return read_entry(folder)
