from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import keras
import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Network
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.held_out import ModelEvaluation
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.model.store import ModelEntry
from napari_nuclei.training import shrink_update as moderation
from napari_nuclei.training.loop.state import TrainingState
from napari_nuclei.training.setup import TrainingSetup
from napari_nuclei.training.shrink_update import (
    MIN_UPDATE_FRACTION,
    SHRINK_FACTOR,
    convert_and_check,
)

CARD = ModelCard("new", patch_size=32)
ENTRY = ModelEntry("old", Path("old"), False, ModelCard("old"))


def network(weight: float) -> keras.Model:
    """Return a network whose output is `weight` in every pixel of white."""
    layer = keras.layers.Conv2D(2, 1, use_bias=False)
    model = keras.Sequential([keras.Input((None, None, 3)), layer])
    model.set_weights([np.full((1, 1, 3, 2), weight / 3, np.float32)])
    return model


def shown(model: Network) -> float:
    """Return what the converted network gives in a pixel of white."""
    return float(model(np.ones((1, 32, 32, 3), np.float32))[0, 0, 0, 0])


@pytest.fixture
def settled(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[float, TrainingState]]:
    """Return a function that settles on weights; what is learnt is 1, the base 0.

    A model finds less of what is annotated than its base where its weights are above a
    limit, and of what is held out `held`, its base .1.
    """

    def settle(
        limit: float, base: float | None = 0.8, held: float = 0.1
    ) -> tuple[float, TrainingState]:
        def judged(segmenter: Segmenter, *_: Any) -> SimpleNamespace:
            return SimpleNamespace(f1=0.5 if shown(segmenter.network) > limit else 0.8)

        baseline, new = (
            cast(ModelEvaluation, SimpleNamespace(f1=f1)) for f1 in (0.1, held)
        )
        monkeypatch.setattr(moderation, "evaluate_model", lambda *_: new)
        monkeypatch.setattr(moderation, "evaluate_on_all", judged)
        config = TrainConfig(finetuned_weight=0.8)
        known = (
            None if base is None else cast(ModelEvaluation, SimpleNamespace(f1=base))
        )
        setup = TrainingSetup(
            [sample], [sample], config, ENTRY, 20.0, baseline, known, None
        )
        model, state, path = network(1.0), TrainingState(), tmp_path / "model.tflite"
        start = network(0.0).get_weights()
        segmenter, found = convert_and_check(model, start, CARD, setup, state, path)
        assert found is new
        left = float(model.get_weights()[0].sum() / 2)
        assert shown(segmenter.network) == pytest.approx(left, abs=1e-6)
        assert shown(LiteRTNetwork(path)) == pytest.approx(left, abs=1e-6)
        return left, state

    return settle


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (1.0, 1.0),
        (0.9, SHRINK_FACTOR),
        (0.2, MIN_UPDATE_FRACTION),
        (0.0, MIN_UPDATE_FRACTION),
    ],
)
def test_what_was_learnt_is_taken_back_until_it_does_no_harm(
    settled: Callable[..., tuple[float, TrainingState]], limit: float, left: float
) -> None:
    found, state = settled(limit)
    assert found == pytest.approx(left)
    assert state.share == (None if left == 1 else pytest.approx(0.8 * left))


@pytest.mark.parametrize("other", [{"base": None}, {"held": 0.2}])
def test_a_share_that_was_asked_for_stays_and_so_does_a_better_model(
    settled: Callable[..., tuple[float, TrainingState]], other: dict[str, float | None]
) -> None:
    found, state = settled(0.0, **other)
    assert found == pytest.approx(1.0)
    assert state.share is None
