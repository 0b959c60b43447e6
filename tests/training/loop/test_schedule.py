from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.loop.schedule import learning_rate, steps_per_epoch
from napari_nuclei.training.sampling.pyramid import SamplePyramid

CONFIG = TrainConfig(steps=3, batch=4, patch_size=32)


@pytest.mark.parametrize("highest", [1e-2, 1e-4])
def test_the_learning_rate_rises_and_falls(highest: float) -> None:
    rates = [learning_rate(progress, highest) for progress in np.linspace(0, 1.2, 121)]
    top = int(np.argmax(rates))
    assert max(rates) == pytest.approx(highest)
    assert min(rates) > 0
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top:]) <= 0).all()
    assert rates[-1] == pytest.approx(highest / 1000)


def test_an_epoch_covers_the_images_about_once(
    sources: list[SamplePyramid],
) -> None:
    free = replace(CONFIG, steps=None)
    assert steps_per_epoch(sources * 10, free) == 10  # four patches an image, in fours
    assert steps_per_epoch(sources * 10, replace(free, sampling="resize")) == 2
    assert steps_per_epoch(sources, replace(free, batch=64)) == 1
    assert steps_per_epoch(sources, CONFIG) == 3
