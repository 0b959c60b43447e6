from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.config.outputs import OFFSETS, REQUIRED_CHANNELS, ZERO_OFFSET
from napari_nuclei.model.store import BUNDLED, DEFAULT_MODEL, read_card, write_card
from napari_nuclei.training.loop import distillation as teaching
from napari_nuclei.training.loop.distillation import Distillation
from napari_nuclei.training.sampling.pyramid import Floats


@pytest.fixture
def answer(rng: np.random.Generator) -> Floats:
    return rng.random((2, 32, 32, 4), np.float32)


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch, answer: Floats) -> Distillation:
    monkeypatch.setattr(teaching, "load_network", lambda *_: lambda _: answer)
    return Distillation(DEFAULT_MODEL)


@pytest.fixture
def targets(rng: np.random.Generator) -> Floats:
    found = rng.random((2, 32, 32, 5), np.float32)
    found[..., 0] = found[..., 0] > 0.5
    found[:, :16, :, 3:] = ZERO_OFFSET
    return found


@pytest.fixture
def images() -> Floats:
    return np.zeros((2, 32, 32, 3), np.float32)


def test_what_is_learnt_lies_half_way_to_the_answer(
    teacher: Distillation, images: Floats, targets: Floats, answer: Floats
) -> None:
    taught = teacher(images, targets)
    half = (targets[..., :2] + answer[..., :2]) / 2
    np.testing.assert_allclose(taught[..., :2], half, atol=1e-6)
    half = (targets[:, 16:, :, 3:] + answer[:, 16:, :, 2:]) / 2
    np.testing.assert_allclose(taught[:, 16:, :, 3:], half, atol=1e-6)
    assert taught.dtype == np.float32


def test_weights_and_the_offsets_of_the_background_stay(
    teacher: Distillation, images: Floats, targets: Floats
) -> None:
    before = targets.copy()
    taught = teacher(images, targets)
    np.testing.assert_array_equal(taught[..., 2], before[..., 2])
    np.testing.assert_array_equal(taught[:, :16, :, 3:], ZERO_OFFSET)
    np.testing.assert_array_equal(targets, before)


def test_a_teacher_without_offsets_leaves_those_that_are_annotated(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    images: Floats,
    targets: Floats,
    answer: Floats,
) -> None:
    card = read_card(BUNDLED / DEFAULT_MODEL)
    assert card.channels == REQUIRED_CHANNELS + OFFSETS
    write_card(tmp_path, replace(card, channels=REQUIRED_CHANNELS))
    monkeypatch.setattr(teaching, "load_network", lambda *_: lambda _: answer[..., :2])
    taught = Distillation(tmp_path)(images, targets)
    np.testing.assert_array_equal(taught[..., 3:], targets[..., 3:])


def test_a_teacher_that_does_not_exist_is_told() -> None:
    with pytest.raises(FileNotFoundError, match="there is no model nobody"):
        Distillation("nobody")


def test_the_bundled_model_answers_for_whole_patches(targets: Floats) -> None:
    taught = Distillation(DEFAULT_MODEL)(np.zeros((2, 32, 32, 3), np.float32), targets)
    assert taught.shape == targets.shape
    # There is nothing in the dark: its answer takes half of what was annotated.
    assert taught[..., 0].max() < 0.6
