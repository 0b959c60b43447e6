from __future__ import annotations

from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.model.store import find_model
from napari_nuclei.training.budget import TimeBudget
from napari_nuclei.training.setup import TrainingSetup


@pytest.fixture
def setup() -> TrainingSetup:
    pixels = np.zeros((8, 8), np.int32)
    one = [Sample("one", pixels, pixels)]
    return TrainingSetup(one, one, TrainConfig(), None, None, None, None, None)


def test_time_is_reserved_to_recalibrate_batch_norm(setup: TrainingSetup) -> None:
    budget = TimeBudget(monotonic(), 80)
    assert budget.recalibration_seconds(setup) == 8
    entry = find_model("nuclei-fast")
    tuned = replace(setup, base=entry, config=TrainConfig(batch_norm="keep"))
    assert budget.recalibration_seconds(tuned) is None
    assert time_to_fit(tuned, 80) == pytest.approx(time_to_fit(setup, 80) + 8, abs=0.5)


def time_to_fit(setup: TrainingSetup, seconds: float, build: float = 1.0) -> float:
    budget = TimeBudget(monotonic() - 10, seconds)
    return budget.config_for_fit(setup, build).budget or 0.0


def test_time_is_reserved_for_the_end(setup: TrainingSetup) -> None:
    fast = time_to_fit(setup, 90)
    assert 55 < fast < 75
    assert time_to_fit(setup, 190) == pytest.approx(fast + 90, abs=0.5)


def test_a_slow_machine_and_many_held_out_images_need_more_time(
    setup: TrainingSetup,
) -> None:
    assert time_to_fit(setup, 90, build=4) < time_to_fit(setup, 90, build=1) - 10
    many = replace(setup, evaluation_seconds=5.0)
    assert time_to_fit(many, 90) < time_to_fit(setup, 90) - 10


def test_a_spent_budget_leaves_a_second(setup: TrainingSetup) -> None:
    assert time_to_fit(setup, 5) == 1


def test_without_a_budget_there_is_no_limit(setup: TrainingSetup) -> None:
    budget = TimeBudget(monotonic(), None)
    assert budget.config_for_fit(setup, 1.0).budget is None
    assert budget.threshold_seconds() is None
    assert budget.recalibration_seconds(setup) is None
