from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Network
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.held_out import ModelEvaluation
from napari_nuclei.evaluation.nucleus_outcomes import nucleus_outcomes
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.model.store import ModelEntry
from napari_nuclei.training import shrink_update
from napari_nuclei.training.loop.state import TrainingState
from napari_nuclei.training.setup import TrainingSetup
from napari_nuclei.training.shrink_update import (
    MIN_UPDATE_FRACTION,
    SHRINK_FACTOR,
    convert_and_check,
    is_worse_than_base,
)

CARD = ModelCard("new", patch_size=32)
ENTRY = ModelEntry("old", Path("old"), False, ModelCard("old"))


TRUE = np.array([1, 1, 1, 0, 2, 2, 2, 2, 2, 2, 0, 0])
"""Two annotated nuclei. The base model finds the first one."""

FINDS_ONE = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
FINDS_NONE = np.zeros_like(TRUE)
FINDS_BOTH = TRUE
FINDS_FRAGMENTS = np.array([1, 1, 1, 0, 2, 2, 0, 0, 3, 3, 0, 0])
FINDS_ANOTHER = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2])


def evaluation(predicted: NDArray[np.integer], f1: float = 0.5) -> ModelEvaluation:
    """Return what `shrink_update` reads of the scores of predicted labels."""
    outcomes = [nucleus_outcomes(TRUE, predicted)]
    scores = SimpleNamespace(f1=f1, evaluation=SimpleNamespace(outcomes=outcomes))
    return cast(ModelEvaluation, scores)


def network(weight: float) -> keras.Model:
    """Return a network whose output is `weight` in every pixel of white."""
    layer = keras.layers.Conv2D(2, 1, use_bias=False)
    model = keras.Sequential([keras.Input((None, None, 3)), layer])
    model.set_weights([np.full((1, 1, 3, 2), weight / 3, np.float32)])
    return model


def output_of(model: Network) -> float:
    """Return what the converted network gives in a pixel of white."""
    return float(model(np.ones((1, 32, 32, 3), np.float32))[0, 0, 0, 0])


@pytest.fixture
def checked(
    sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[float, TrainingState]]:
    """Return a function that converts and checks weights of 1; those of the base are 0.

    Of all annotated nuclei a model finds none if its weights are above a limit,
    otherwise the same as its base. On the held-out nuclei its F1 is `held_out`, that of
    its base 0.1.
    """

    def check(
        limit: float,
        held_out: float = 0.1,
        factor_is_given: bool = False,
        min_loss_reduction: float = 0.0,
    ) -> tuple[float, TrainingState]:
        def evaluate(segmenter: Segmenter, *_: Any) -> ModelEvaluation:
            is_worse = output_of(segmenter.network) > limit
            return evaluation(FINDS_NONE, 0.0) if is_worse else evaluation(FINDS_ONE)

        baseline, new = (evaluation(FINDS_ONE, f1) for f1 in (0.1, held_out))
        monkeypatch.setattr(shrink_update, "evaluate_model", lambda *_: new)
        monkeypatch.setattr(shrink_update, "evaluate_on_all", evaluate)
        config = TrainConfig(finetuned_weight=0.8)
        base_evaluation = None if factor_is_given else evaluation(FINDS_ONE)
        setup = TrainingSetup(
            [sample],
            [sample],
            config,
            ENTRY,
            20.0,
            baseline,
            base_evaluation,
            min_loss_reduction,
        )
        model, state, path = network(1.0), TrainingState(), tmp_path / "model.tflite"
        start = network(0.0).get_weights()
        segmenter, found = convert_and_check(model, start, CARD, setup, state, path)
        assert found is new
        weight = float(model.get_weights()[0].sum() / 2)
        assert output_of(segmenter.network) == pytest.approx(weight, abs=1e-6)
        assert output_of(LiteRTNetwork(path)) == pytest.approx(weight, abs=1e-6)
        return weight, state

    return check


@pytest.mark.parametrize("min_loss_reduction", [0.0, 0.2])
@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (1.0, 1.0),
        (0.9, SHRINK_FACTOR),
        (0.2, MIN_UPDATE_FRACTION),
        (0.0, MIN_UPDATE_FRACTION),
    ],
)
def test_the_update_is_shrunk_until_the_model_is_not_worse(
    checked: Callable[..., tuple[float, TrainingState]],
    limit: float,
    left: float,
    min_loss_reduction: float,
) -> None:
    found, state = checked(limit, min_loss_reduction=min_loss_reduction)
    assert found == pytest.approx(left)
    assert state.finetuned_weight == (None if left == 1 else pytest.approx(0.8 * left))


@pytest.mark.parametrize("other", [{"factor_is_given": True}, {"held_out": 0.2}])
def test_the_update_is_not_shrunk_with_a_given_factor_or_a_better_model(
    checked: Callable[..., tuple[float, TrainingState]], other: dict[str, Any]
) -> None:
    found, state = checked(0.0, **other)
    assert found == pytest.approx(1.0)
    assert state.finetuned_weight is None


@pytest.mark.parametrize(
    ("predicted", "is_worse"),
    [
        pytest.param(FINDS_ANOTHER, True, id="a false detection"),
        pytest.param(FINDS_NONE, True, id="a missed nucleus"),
        pytest.param(
            FINDS_FRAGMENTS, False, id="fragments of a nucleus that both miss"
        ),
        pytest.param(FINDS_BOTH, False, id="another nucleus"),
    ],
)
def test_with_some_nuclei_annotated_only_errors_of_its_own_make_a_model_worse(
    sample: Sample,
    monkeypatch: pytest.MonkeyPatch,
    predicted: NDArray[np.integer],
    is_worse: bool,
) -> None:
    new = base = evaluation(FINDS_ONE)
    on_all = evaluation(predicted, f1=0.4)  # F1 is lower in all cases
    monkeypatch.setattr(shrink_update, "evaluate_on_all", lambda *_: on_all)
    setup = TrainingSetup(
        [sample], [sample], TrainConfig(), ENTRY, 20.0, base, base, 0.0
    )
    assert is_worse_than_base(cast(Segmenter, None), new, setup) == is_worse
    # With all nuclei annotated F1 decides.
    setup = replace(setup, min_loss_reduction=0.2)
    assert is_worse_than_base(cast(Segmenter, None), new, setup)
