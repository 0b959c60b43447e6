from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from napari_nuclei.model.store import DEFAULT_MODEL

CommandLine = Callable[..., tuple[int, str, str]]


def test_quantizing_without_validation_images_is_refused(
    run: CommandLine, own_models: Path, tmp_path: Path
) -> None:
    for kind in ("images", "masks"):
        (tmp_path / "data" / kind).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "data" / kind / "a.png"), np.eye(32) * 255)
    data = tmp_path / "data"
    code, out, err = run("models", "quantize", DEFAULT_MODEL, data, "--name", "q")
    assert (code, out) == (1, "")
    assert "quantize needs validation images to choose the thresholds" in err
    assert not own_models.exists()
