from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.config.outputs import OFFSETS, REQUIRED_CHANNELS, ZERO_OFFSET
from napari_nuclei.model.store import BUNDLED, DEFAULT_MODEL, read_card, write_card
from napari_nuclei.training.loop import distillation as module
from napari_nuclei.training.loop.distillation import Distillation
from napari_nuclei.training.sampling.pyramid import Floats


@pytest.fixture
def output(rng: np.random.Generator) -> Floats:
    return rng.random((2, 32, 32, 4), np.float32)


@pytest.fixture
def distillation(monkeypatch: pytest.MonkeyPatch, output: Floats) -> Distillation:
    monkeypatch.setattr(module, "load_network", lambda *_: lambda _: output)
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


def test_targets_are_half_annotation_and_half_output(
    distillation: Distillation, images: Floats, targets: Floats, output: Floats
) -> None:
    mixed = distillation(images, targets)
    half = (targets[..., :2] + output[..., :2]) / 2
    np.testing.assert_allclose(mixed[..., :2], half, atol=1e-6)
    half = (targets[:, 16:, :, 3:] + output[:, 16:, :, 2:]) / 2
    np.testing.assert_allclose(mixed[:, 16:, :, 3:], half, atol=1e-6)
    assert mixed.dtype == np.float32


def test_weights_and_the_offsets_of_the_background_do_not_change(
    distillation: Distillation, images: Floats, targets: Floats
) -> None:
    before = targets.copy()
    mixed = distillation(images, targets)
    np.testing.assert_array_equal(mixed[..., 2], before[..., 2])
    np.testing.assert_array_equal(mixed[:, :16, :, 3:], ZERO_OFFSET)
    np.testing.assert_array_equal(targets, before)


def test_a_model_without_offsets_does_not_change_the_annotated_offsets(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    images: Floats,
    targets: Floats,
    output: Floats,
) -> None:
    card = read_card(BUNDLED / DEFAULT_MODEL)
    assert card.channels == REQUIRED_CHANNELS + OFFSETS
    write_card(tmp_path, replace(card, channels=REQUIRED_CHANNELS))
    monkeypatch.setattr(module, "load_network", lambda *_: lambda _: output[..., :2])
    mixed = Distillation(tmp_path)(images, targets)
    np.testing.assert_array_equal(mixed[..., 3:], targets[..., 3:])


def test_a_missing_model_is_reported() -> None:
    with pytest.raises(FileNotFoundError, match="There is no model nobody"):
        Distillation("nobody")


def test_the_bundled_model_outputs_for_whole_patches(targets: Floats) -> None:
    mixed = Distillation(DEFAULT_MODEL)(np.zeros((2, 32, 32, 3), np.float32), targets)
    assert mixed.shape == targets.shape
    # A black image has no nuclei, so the mixture halves the annotation.
    assert mixed[..., 0].max() < 0.6
