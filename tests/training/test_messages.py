from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import ModelConfig, TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.loop.state import TrainingState
from napari_nuclei.training.messages import describe_data, describe_end, describe_start
from napari_nuclei.training.setup import TrainingSetup


@pytest.mark.parametrize(
    ("config", "base", "line"),
    [
        (
            TrainConfig(),
            None,
            "Starts from random weights (to fine-tune the bundled model: --from "
            "nuclei)",
        ),
        (
            TrainConfig(model=ModelConfig(encoder_weights="imagenet")),
            None,
            "Starts from the weights imagenet",
        ),
        (TrainConfig(), "mine", "Fine-tunes the model mine"),
        (
            TrainConfig(encoder_only=True),
            "mine",
            "Starts from the encoder of mine; the decoder has random weights",
        ),
    ],
    ids=["random", "weights", "model", "encoder"],
)
def test_the_start_names_the_weights(
    config: TrainConfig, base: str | None, line: str
) -> None:
    assert describe_start(config, base) == line


def test_in_python_the_start_names_the_argument() -> None:
    line = describe_start(TrainConfig(), None, hint='base="nuclei"')
    assert line.endswith('(to fine-tune the bundled model: base="nuclei")')


@pytest.fixture
def setup() -> TrainingSetup:
    labels = np.zeros((64, 64), np.int32)
    labels[10:20, 10:20], labels[30:40, 30:40] = 1, 2
    two = Sample("two", labels.astype(np.uint8), labels)
    one = Sample("one", two.image, np.where(labels == 1, labels, 0))
    config = TrainConfig(batch=8, steps=10, epochs=40)
    return TrainingSetup([two, two], [one], config, None, None, None, None, None)


def test_images_nuclei_and_steps_are_counted(setup: TrainingSetup) -> None:
    assert describe_data(setup, setup.config) == [
        "Trains on 2 images with 4 nuclei; validates on 1 image with 1 nucleus",
        "10 steps an epoch, 8 patches of 128 x 128 px a step",
    ]


def test_smaller_batches_and_few_steps_are_pointed_out(setup: TrainingSetup) -> None:
    short = replace(setup, config=replace(setup.config, epochs=3))
    lines = describe_data(short, TrainConfig(batch=64))
    assert lines[2].startswith("Batches have 8 instead of 64 patches")
    assert lines[3] == "Only 30 steps in all, which is few: raise epochs or steps"


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        (
            TrainingState(step=400, ended="finished", best_epoch=38),
            ["Ended after all 40 epochs (400 steps); best epoch 38"],
        ),
        (
            TrainingState(step=230, ended="early", best_epoch=15),
            ["Ended by early stopping at epoch 23 (230 steps); best epoch 15"],
        ),
        (
            TrainingState(step=181, ended="budget", best_epoch=0),
            [
                "Ended by the budget of 90 s at epoch 19 (181 steps); none was better "
                "than the start"
            ],
        ),
        (
            TrainingState(step=1, ended="budget", best_epoch=1),
            [
                "Ended by the budget of 90 s at epoch 1 (1 step); best epoch 1",
                "Few steps for a training: raise budget or lower batch (now 8)",
            ],
        ),
        (
            TrainingState(step=25, ended="stopped", best_epoch=2),
            ["Stopped at epoch 3 (25 steps); best epoch 2"],
        ),
    ],
    ids=["finished", "early", "budget", "few steps", "stopped"],
)
def test_the_end_says_why(
    setup: TrainingSetup, state: TrainingState, lines: list[str]
) -> None:
    assert describe_end(state, replace(setup.config, budget=90)) == lines
