"""A segmenter without weights, so that tests of files are fast."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture
def truth(discs) -> NDArray[np.int32]:
    return discs((60, 90), [(20, 20, 8), (40, 60, 8), (15, 70, 8)])


@pytest.fixture
def image(truth: NDArray[np.int32]) -> NDArray[np.uint8]:
    return np.where(truth > 0, 200, 10).astype(np.uint8)


@pytest.fixture
def plate(tmp_path: Path, image: NDArray[np.uint8]) -> Path:
    """Return a folder of three valid images, two invalid ones and other files."""
    folder = tmp_path / "plate"
    folder.mkdir()
    for name in ("b.png", "a.png", "c.tif"):
        cv2.imwrite(str(folder / name), image)
    (folder / "broken.png").write_bytes(b"hello")
    (folder / "empty.tif").write_bytes(b"")
    (folder / "notes.txt").write_text("hello")
    (folder / "inside").mkdir()
    cv2.imwrite(str(folder / "inside" / "d.png"), image)
    return folder
