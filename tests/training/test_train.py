from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import load_segmenter
from napari_nuclei.config import AugmentConfig, SegmentConfig, TrainConfig
from napari_nuclei.core.diameter import area_weighted_diameter, object_areas
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.corrected_nuclei import find_corrections
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.evaluate import evaluate
from napari_nuclei.evaluation.model_comparison import read_comparison
from napari_nuclei.io.locks import PathLockedError
from napari_nuclei.model.store import (
    KERAS_FILE,
    find_model,
    read_card,
)
from napari_nuclei.training.loop.hooks import Hooks
from napari_nuclei.training.loop.run_folder import (
    list_interrupted,
    lock_training,
    run_folder,
)
from napari_nuclei.training.loop.state import Epoch
from napari_nuclei.training.train import About, resume, train

CONFIG = TrainConfig(
    epochs=2,
    steps=1,
    batch=2,
    patch_size=64,
    tensorboard=False,
    augment=AugmentConfig.none(),
)


def test_an_image_with_one_nucleus_cannot_be_split(
    make_sample: Callable[[str], Sample],
) -> None:
    one = make_sample("a")
    first = Sample("first", one.image, np.where(one.labels == 1, 1, 0).astype("i4"))
    with pytest.raises(ValueError, match=r"Too few nuclei .*; paint at least two"):
        train([first], "new")


def test_a_second_training_of_one_name_is_refused_at_once(
    make_sample: Callable[[str], Sample],
) -> None:
    (run_folder("mine") / "logs").mkdir(parents=True)
    with lock_training("mine"):
        for start in (partial(train, [make_sample("a")]), partial(resume)):
            with pytest.raises(
                (OSError, PathLockedError), match=r"mine (is run|was st)"
            ):
                start("mine")
    assert (run_folder("mine") / "logs").exists()


@pytest.mark.slow
def test_training_starts_from_a_base_and_can_be_stopped(
    make_sample: Callable[[str], Sample], small_base: Path, own_models: Path
) -> None:
    base_weights = keras.models.load_model(small_base / KERAS_FILE).get_weights()
    weights: list[NDArray[np.float32]] = []
    calls: list[tuple[int, int]] = []

    def epoch_done(epoch: Epoch, model: keras.Model) -> None:
        weights.extend(model.get_weights())

    hooks = Hooks(
        progress=lambda *x: calls.append(x), epoch=epoch_done, stop=lambda: True
    )
    folder = train(
        [make_sample("a"), make_sample("b")],
        name="tuned",
        config=replace(CONFIG, batch_norm="keep"),
        validation=[make_sample("c")],
        base=small_base,
        about=About("Discs.", "made by a test", "CC0-1.0"),
        hooks=hooks,
    )
    assert calls == [(1, 2)]
    # One step changes weights by about the learning rate.
    changes = [np.abs(a - b).max() for a, b in zip(weights, base_weights, strict=True)]
    assert np.median(changes) < 0.01
    card = read_card(folder)
    assert (card.name, card.description, card.licence) == ("tuned", "Discs.", "CC0-1.0")
    assert card.training["base"] == "base"
    assert card.training["data"] == "made by a test"
    assert card.training["ended"] == "stopped"
    assert (card.training["images"], card.training["nuclei"]) == (2, 4)
    assert card.training["validation_images"] == 1
    assert card.diameter == 16
    assert card.metrics["images"] == 1
    assert find_model("tuned").folder == folder
    assert not run_folder("tuned").exists()
    assert load_segmenter("tuned").segment(make_sample("c").image).shape == (64, 80)
    comparison = read_comparison(card.training)
    assert comparison is not None
    assert comparison.diameter == pytest.approx(20, rel=0.1)
    size = area_weighted_diameter(object_areas(make_sample("c").labels))
    evaluation = evaluate(
        [make_sample("c")],
        model="tuned",
        config=SegmentConfig(diameter=size),
        output=own_models / "report",
    )
    assert evaluation.summary() == card.metrics
    assert (own_models / "report" / "evaluation.json").exists()


class Killed(Exception):
    """Raised to simulate the end of the process."""


@pytest.mark.slow
def test_a_killed_fine_tuning_resumes_to_the_same_weights(
    make_sample: Callable[[str], Sample], small_base: Path
) -> None:
    samples = [make_sample("a"), make_sample("b")]
    config = TrainConfig.fine_tuning(
        epochs=3, steps=1, batch=2, patch_size=64, tensorboard=False, budget=None
    )
    about = About("Discs.")

    def kill(epoch: Epoch, _: keras.Model) -> None:
        if epoch.number == 3:
            raise Killed

    def weights(folder: Path) -> list[NDArray[np.float32]]:
        return keras.models.load_model(folder / KERAS_FILE).get_weights()

    with pytest.raises(Killed):
        train(
            samples,
            "killed",
            config=config,
            validation=[make_sample("c")],
            base=small_base,
            about=about,
            hooks=Hooks(epoch=kill),
        )
    assert list_interrupted() == ["killed"]
    training, held_out = read_annotations(run_folder("killed") / "annotations.npz")
    assert [x.name for x in (*training, *held_out)] == ["a", "b", "c"]
    np.testing.assert_array_equal(training[1].labels, samples[1].labels)
    folder = resume("killed")
    assert list_interrupted() == []
    assert read_card(folder).description == "Discs."
    assert (folder / "annotations.npz").is_file()
    # The same seed gives the same weights, killed or not.
    other = train(
        samples,
        "whole",
        config=config,
        validation=[make_sample("c")],
        base=small_base,
        about=about,
    )
    for one, two in zip(weights(folder), weights(other), strict=True):
        np.testing.assert_array_equal(one, two)
    # Batch normalisation is unchanged.
    origin = keras.models.load_model(small_base / KERAS_FILE)
    tuned = keras.models.load_model(folder / KERAS_FILE)
    change = 0.0
    for before, after in zip(origin.layers, tuned.layers, strict=True):
        for one, two in zip(before.get_weights(), after.get_weights(), strict=True):
            if isinstance(after, keras.layers.BatchNormalization):
                np.testing.assert_array_equal(one, two)
            else:
                change = max(change, float(np.abs(one - two).max()))
    assert change > 0 or read_card(folder).training["best_epoch"] == 0
    comparison = read_comparison(read_card(folder).training)
    assert comparison is not None
    assert (comparison.nuclei, comparison.base) == (2, "base")


def test_a_missing_training_cannot_be_resumed() -> None:
    with pytest.raises(FileNotFoundError, match=r"no interrupted training x; .* none"):
        resume("x")


def test_the_settings_may_come_second_with_a_warning(
    make_sample: Callable[[str], Sample],
) -> None:
    one = [make_sample("a")]
    with (
        pytest.warns(
            DeprecationWarning, match=r"now train\(data, name, config=\.\.\.\)"
        ),
        pytest.raises(ValueError, match="have images in common"),
    ):
        train(one, CONFIG, name="new", validation=one)


@pytest.mark.slow
def test_arrays_are_trained_on_and_progress_is_reported(
    make_sample: Callable[[str], Sample], small_base: Path
) -> None:
    calls: list[tuple[int, int]] = []
    sample = make_sample("a")
    pair = (sample.image, sample.labels)
    folder = train(
        [pair, pair],
        "mine",
        config=CONFIG,
        validation=pair,
        base=small_base,
        progress=lambda *step: calls.append(step),
    )
    assert calls == [(1, 2), (2, 2)]
    card = read_card(folder)
    assert (card.training["images"], card.training["validation_images"]) == (2, 1)
    assert evaluate(pair, model="mine").images[0].nuclei == 2


def test_deleted_nuclei_alone_can_be_trained_on(
    make_sample: Callable[[str], Sample],
) -> None:
    made = make_sample("a")
    deleted = find_corrections(made.labels, np.zeros_like(made.labels))
    sample = replace(made, labels=deleted.labels, annotated=deleted.annotated)
    with pytest.raises(ValueError, match="The training images contain no nucleus"):
        train([sample], "scratch", config=CONFIG)
    config = TrainConfig.fine_tuning(epochs=1, steps=1, batch=2, patch_size=64)
    folder = train([sample], "background", config=config, base="nuclei-fast")
    training = read_card(folder).training
    assert 0 < training["finetuned_weight"] < 1
    comparison = read_comparison(training)
    assert comparison.nuclei == 0
    assert (folder / "figures" / "held_out.png").exists()
