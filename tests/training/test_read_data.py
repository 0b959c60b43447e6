from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.training.read_data import read_and_prepare


def write_set(folder: Path, count: int) -> str:
    for number in range(count):
        image, labels = synthetic_nuclei((64, 64), diameter=12, seed=number)
        for kind, pixels in (("images", image), ("labels", labels)):
            path = folder / kind / f"{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, pixels.astype(np.uint16))
    return str(folder)


def test_several_data_sets_are_read_lazily_and_described(tmp_path: Path) -> None:
    sets = [write_set(tmp_path / name, 4) for name in ("a", "b")]
    lines: list[str] = []
    config = TrainConfig(patch_size=64, batch=4)
    setup = read_and_prepare(sets, None, config, None, lines.append)
    assert setup.lazy is not None
    assert "b: 3 images for training, 1 for validation, weight 1" in lines
    assert any(line.startswith("Trains on 6 images with ") for line in lines)


def test_one_small_data_set_is_read_at_once(tmp_path: Path) -> None:
    config = TrainConfig(patch_size=64, batch=4)
    path = write_set(tmp_path / "a", 7)
    setup = read_and_prepare(path, None, config, None, lambda line: None)
    assert setup.lazy is None
    assert len(setup.samples) + len(setup.held_out) == 7
