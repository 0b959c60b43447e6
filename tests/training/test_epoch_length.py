from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.epoch_length import with_epoch_length


def images(count: int) -> list[Sample]:
    """Return images that four patches of 64 x 64 pixels cover."""
    pixels = np.zeros((128, 128), np.uint8)
    return [Sample(str(n), pixels, pixels.astype(np.int32)) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "settings", "batch", "steps"),
    [
        (400, {}, 64, 25),
        (40, {}, 16, 10),
        (40, {"batch": 32}, 16, 10),
        (24, {}, 8, 12),
        (1, {}, 8, 10),
        (1, {"batch": 4}, 4, 10),
        (40, {"steps": 3}, 64, 3),
        (40, {"sampling": "resize"}, 8, 10),
        (40, {"strategy": "mirrored"}, 64, 10),
    ],
    ids=[
        "many images",
        "few images, smaller batches",
        "a smaller batch to start with",
        "the smallest batch",
        "one image",
        "a small batch stays",
        "steps are given",
        "whole images",
        "several devices",
    ],
)
def test_an_epoch_has_at_least_ten_steps(
    count: int, settings: dict[str, object], batch: int, steps: int
) -> None:
    config = TrainConfig(patch_size=64, **settings)  # type: ignore[arg-type]
    found = with_epoch_length(config, images(count))
    assert (found.batch, found.steps) == (batch, steps)
