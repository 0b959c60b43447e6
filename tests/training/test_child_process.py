from __future__ import annotations

import threading
from pathlib import Path

import pytest

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.data.datasets import Sample
from napari_nuclei.model.store import list_models, read_card
from napari_nuclei.training.child_process import (
    TrainingProgress,
    train_in_child_process,
)

SMALL = TrainConfig(
    epochs=2,
    steps=2,
    batch=4,
    patch_size=64,
    tensorboard=False,
    augment=AugmentConfig.none(),
)


@pytest.fixture
def samples() -> list[Sample]:
    return [
        Sample(f"made {seed}", *synthetic_nuclei((128, 128), seed=seed))
        for seed in range(2)
    ]


def train(samples, report=None, stop=None, **options) -> Path:
    options = {"name": "in-child", "config": SMALL, **options}
    return train_in_child_process(
        samples[:1], validation=samples[1:], report=report, stop=stop, **options
    )


@pytest.mark.slow
def test_a_model_is_trained_in_another_process(samples, own_models, small_base) -> None:
    stages: list[TrainingProgress] = []
    folder = train(samples, stages.append, base=small_base)
    assert folder == own_models / "in-child"
    assert "pixel_dice" in read_card(folder).metrics["pooled"]
    assert stages[0] == TrainingProgress()
    assert (stages[-1].done, stages[-1].total, stages[-1].epoch) == (4, 4, 2)


@pytest.mark.slow
def test_stop_saves_the_best_model_so_far(samples, small_base) -> None:
    stop = threading.Event()
    stop.set()
    folder = train(samples, stop=stop, base=small_base)
    assert read_card(folder).training["ended"] == "stopped"


def test_raising_ends_the_other_process_and_saves_nothing(samples) -> None:
    class Enough(Exception):
        pass

    def raise_(_: TrainingProgress) -> None:
        raise Enough

    with pytest.raises(Enough):
        train(samples, raise_)
    assert list_models() == [] or all(entry.bundled for entry in list_models())


def test_an_error_has_the_message_of_the_other_process(samples, caplog) -> None:
    with pytest.raises(RuntimeError, match="There is no model nonesuch"):
        train(samples, base="nonesuch")
    assert "Traceback" in caplog.text


def test_a_process_that_dies_is_reported(samples, monkeypatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"ended unexpectedly \(exit code 1\)"):
        train(samples)
