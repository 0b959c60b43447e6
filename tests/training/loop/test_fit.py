from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from napari_nuclei.config import AugmentConfig, ModelConfig, TrainConfig
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.loop import fit as fitting
from napari_nuclei.training.loop.compile import Patches
from napari_nuclei.training.loop.distribution import Trainer
from napari_nuclei.training.loop.fit import fit
from napari_nuclei.training.loop.hooks import Hooks
from napari_nuclei.training.loop.state import Epoch
from napari_nuclei.training.sampling.pyramid import Floats, SamplePyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches

Network = Callable[[], keras.Model]

CONFIG = TrainConfig(
    epochs=4,
    steps=3,
    batch=4,
    patch_size=32,
    learning_rate=1e-2,
    ema=0.5,
    augment=AugmentConfig.none(),
)


class NoWeight:
    """A distillation whose targets have no weight."""

    def __init__(self, name: str) -> None:
        assert name == "none"

    def __call__(self, images: Floats, targets: Floats) -> Floats:
        return np.zeros_like(targets)


def stop_after(steps: int) -> Hooks:
    calls = iter(range(1, steps))
    return Hooks(stop=lambda: next(calls, None) is None)


def test_every_epoch_is_reported_with_all_metrics(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    reported: list[Epoch] = []
    calls: list[tuple[int, int]] = []
    hooks = Hooks(
        progress=lambda *x: calls.append(x),
        epoch=lambda epoch, _: reported.append(epoch),
    )
    state = fit(small_network(), sources, validation, CONFIG, tmp_path, hooks=hooks)
    assert state.ended == "finished"
    assert [epoch.number for epoch in reported] == [1, 2, 3, 4]
    assert reported == state.epochs
    assert calls == [(step, 12) for step in range(1, 13)]
    assert set(reported[0].as_row()) == {"epoch", "seconds"} | {
        f"{part}{name}"
        for part in ("", "val_")
        for name in ("loss", "accuracy", "dice", "iou")
    }


def test_targets_are_those_of_the_distillation(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "Distillation", NoWeight)
    config = replace(CONFIG, epochs=1, distill_from="none")
    state = fit(small_network(), sources, validation, config, tmp_path)
    assert state.epochs[0].train["loss"] == pytest.approx(0, abs=1e-3)
    assert state.epochs[0].validation["loss"] > 0.5


@pytest.mark.parametrize("stopped", [None, 4, 5], ids=lambda at: f"stopped {at}")
def test_the_metrics_of_an_epoch_are_the_mean_of_its_batches(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stopped: int | None,
) -> None:
    losses: list[float] = []

    def step(trainer: Trainer, *batch: object) -> dict[str, float]:
        losses.append(2.0 ** len(losses))
        return {"loss": losses[-1], "dice": 1 / losses[-1]}

    monkeypatch.setattr(Trainer, "step", step)
    config = replace(CONFIG, epochs=2)
    if stopped:
        hooks = stop_after(stopped)
        fit(small_network(), sources, validation, config, tmp_path, hooks=hooks)
    state = fit(
        small_network(), sources, validation, config, tmp_path, resume=bool(stopped)
    )
    assert losses == [1, 2, 4, 8, 16, 32]
    for epoch, own in zip(state.epochs, (losses[:3], losses[3:]), strict=True):
        assert epoch.train["loss"] == pytest.approx(np.mean(own))
        assert epoch.train["dice"] == pytest.approx(np.mean(np.divide(1, own)))


def test_final_weights_lie_between_the_initial_and_the_trained(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    ends = []
    for weight in (0.0, 0.25, 1.0):
        model = small_network()
        config = replace(CONFIG, finetuned_weight=weight, keep="last")
        fit(model, sources, validation, config, tmp_path / str(weight))
        ends.append(model.get_weights())
    for before, between, after in zip(*ends, strict=True):
        np.testing.assert_allclose(between, 0.75 * before + 0.25 * after, atol=1e-6)
    for before, begun in zip(ends[0], small_network().get_weights(), strict=True):
        np.testing.assert_array_equal(before, begun)
    assert any(not np.array_equal(a, b) for a, b in zip(ends[0], ends[2], strict=True))


@pytest.mark.parametrize(
    ("losses", "min_loss_reduction", "start_is_best", "factor"),
    [
        ((0.7, 0.5, 0.41, 0.4), 0.2, True, 0.75),
        ((0.7, 0.5, 0.41, 0.4), 0.7, True, 0.2),
        ((0.7, 0.9, 1.1, 1.3), 0.0, True, 0.25),
        ((1.1, 1.2, 1.3, 1.4), 0.0, True, 0.2),
        ((0.7, 0.5, 0.41, 0.4), None, True, 0.2),
        ((0.7, 0.5, 0.41, 0.4), 0.2, False, 0.2),
    ],
    ids=["clearly", "not clearly", "a little", "none", "not asked", "no base"],
)
def test_a_larger_factor_is_chosen_if_it_is_clearly_better(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    losses: tuple[float, ...],
    min_loss_reduction: float | None,
    start_is_best: bool,
    factor: float,
) -> None:
    config = replace(CONFIG, epochs=1, keep="last")
    ends = []
    for weight in (0.0, 1.0):
        model = small_network()
        config = replace(config, finetuned_weight=weight)
        fit(model, sources, validation, config, tmp_path / str(weight))
        ends.append(model.get_weights())
    # Losses of the base, of the only epoch and of larger factors.
    validation_losses = iter([1.0] * start_is_best + [0.9, *losses])

    def evaluate(model: keras.Model, patches: Patches) -> dict[str, float]:
        return {"loss": next(validation_losses)}

    monkeypatch.setattr("napari_nuclei.training.loop.fit.evaluate_patches", evaluate)
    model = small_network()
    config = replace(config, finetuned_weight=0.2)
    state = fit(
        model,
        sources,
        validation,
        config,
        tmp_path / "larger",
        start_is_best=start_is_best,
        min_loss_reduction=min_loss_reduction,
    )
    for before, after, found in zip(*ends, model.get_weights(), strict=True):
        between = (1 - factor) * before + factor * after
        np.testing.assert_allclose(found, between, atol=1e-6)
    assert state.finetuned_weight == (factor if factor > 0.2 else None)
    assert state.base_loss == (1.0 if start_is_best else None)


def test_interpolated_weights_are_validated(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    config = replace(CONFIG, finetuned_weight=0.5, epochs=2)
    weights: dict[int, list[np.ndarray]] = {}
    hooks = Hooks(
        epoch=lambda epoch, x: weights.update({epoch.number: x.get_weights()})
    )
    model = small_network()
    state = fit(model, sources, validation, config, tmp_path, hooks=hooks)
    for found, expected in zip(
        model.get_weights(), weights[state.best_epoch], strict=True
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_model_ends_with_its_best_weights_or_its_last(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    keep: str,
) -> None:
    config = replace(CONFIG, keep=keep)
    weights: dict[int, list[np.ndarray]] = {}
    hooks = Hooks(
        epoch=lambda epoch, x: weights.update({epoch.number: x.get_weights()})
    )
    model = small_network()
    state = fit(model, sources, validation, config, tmp_path, hooks=hooks)
    losses = [epoch.validation["loss"] for epoch in state.epochs]
    assert state.best_loss == min(losses)
    assert state.best_epoch == losses.index(min(losses)) + 1
    wanted = state.best_epoch if keep == "best" else len(losses)
    for found, expected in zip(model.get_weights(), weights[wanted], strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("steps", [3, 5, 9], ids=["epoch 1", "in epoch 2", "epoch 3"])
def test_stopped_and_resumed_is_the_same_as_never_stopped(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    steps: int,
) -> None:
    whole, halves = small_network(), small_network()
    straight = fit(whole, sources, validation, CONFIG, tmp_path / "whole")
    folder = tmp_path / "halves"
    hooks = stop_after(steps)
    first = fit(halves, sources, validation, CONFIG, folder, hooks=hooks)
    assert (first.ended, first.step) == ("stopped", steps)
    halves = small_network()
    second = fit(halves, sources, validation, CONFIG, folder, resume=True)
    assert second.ended == "finished"
    assert [epoch.number for epoch in second.epochs] == [1, 2, 3, 4]
    for one, two in zip(straight.epochs, second.epochs, strict=True):
        assert two.validation == pytest.approx(one.validation, abs=1e-5)
        assert two.train == pytest.approx(one.train, abs=1e-5)
    for one, two in zip(whole.get_weights(), halves.get_weights(), strict=True):
        np.testing.assert_allclose(two, one, atol=1e-5)


def test_a_finished_training_continues_for_more_epochs(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    fit(small_network(), sources, validation, replace(CONFIG, epochs=1), tmp_path)
    longer = replace(CONFIG, epochs=3)
    state = fit(small_network(), sources, validation, longer, tmp_path, resume=True)
    assert state.ended == "finished"
    assert [epoch.number for epoch in state.epochs] == [1, 2, 3]


def test_the_budget_ends_training_and_a_larger_one_continues(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Clock:
        now = 0.0

        @classmethod
        def monotonic(cls) -> float:
            cls.now += 1.0
            return cls.now

    monkeypatch.setattr("napari_nuclei.training.loop.fit.time", Clock)
    config = replace(CONFIG, epochs=100, budget=20)
    state = fit(small_network(), sources, validation, config, tmp_path)
    assert state.ended == "budget"
    assert 10 < state.seconds <= 20
    done = state.step
    config = replace(config, budget=60)
    state = fit(small_network(), sources, validation, config, tmp_path, resume=True)
    assert state.ended == "budget"
    assert 40 < state.seconds <= 60
    assert state.step > done + 1


def test_training_ends_early_without_improvement(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losses = iter([1.0, 0.5, 0.6, 0.7, 0.1])
    monkeypatch.setattr(
        "napari_nuclei.training.loop.fit.evaluate_patches",
        lambda *_: {"loss": next(losses)},
    )
    config = replace(CONFIG, epochs=50, steps=1, patience=2)
    state = fit(small_network(), sources, validation, config, tmp_path)
    assert state.ended == "early"
    assert (state.best_epoch, state.best_loss, len(state.epochs)) == (2, 0.5, 4)


def test_raising_from_progress_cancels(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        fit(
            small_network(),
            sources,
            validation,
            CONFIG,
            tmp_path,
            hooks=Hooks(progress=cancel),
        )


@pytest.mark.slow
def test_the_loss_of_the_real_network_falls(
    sources: list[SamplePyramid], tmp_path: Path
) -> None:
    tiny = ModelConfig(alpha=0.35, decoder=(16, 16, 8, 8), stem=4)
    config = replace(CONFIG, epochs=3, steps=7, batch=8, patch_size=64, model=tiny)
    keras.utils.set_random_seed(0)
    model = build_unet(config.model)
    validation = build_validation_patches(sources, config)
    state = fit(model, sources, validation, config, tmp_path)
    losses = [epoch.train["loss"] for epoch in state.epochs]
    assert losses[-1] < 0.9 * losses[0]
