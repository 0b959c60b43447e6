"""A folder of a plate, for the network of bright discs."""

from __future__ import annotations

from pathlib import Path

import pytest
import tifffile


@pytest.fixture
def plate(tmp_path: Path, spots) -> Path:
    """Write three wells of two channels; in the last one a file is missing."""
    folder = tmp_path / "plate"
    folder.mkdir()
    for well in ("A01", "B02", "C03"):
        for channel in (1, 2):
            path = folder / f"{well}_s1_w{channel}.tif"
            tifffile.imwrite(path, spots[0] // channel)
    path.unlink()
    return folder
