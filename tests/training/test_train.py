from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import load_segmenter
from napari_nuclei.config import AugmentConfig, SegmentConfig, TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.diameter import area_weighted_diameter, object_areas
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import MIN_WHOLE_IMAGES, hold_out
from napari_nuclei.evaluation.evaluate import evaluate
from napari_nuclei.evaluation.held_out import ModelEvaluation, evaluate_model
from napari_nuclei.evaluation.model_comparison import read_comparison
from napari_nuclei.model.store import (
    KERAS_FILE,
    find_model,
    read_card,
    write_card,
)
from napari_nuclei.training.base_model import load_base_model
from napari_nuclei.training.loop.fit import Hooks
from napari_nuclei.training.loop.state import Epoch
from napari_nuclei.training.package_model import write_history
from napari_nuclei.training.setup import (
    TrainingSetup,
    as_samples,
    check_samples,
    choose_interpolation_factor,
    evaluate_on_all,
    is_sparsely_annotated,
    model_diameter,
)
from napari_nuclei.training.train import (
    About,
    initial_card,
    list_interrupted,
    resume,
    run_folder,
    train,
)

CONFIG = TrainConfig(
    epochs=2,
    steps=1,
    batch=2,
    patch_size=64,
    tensorboard=False,
    augment=AugmentConfig.none(),
)


@pytest.fixture
def sample(discs) -> Callable[[str], Sample]:
    """Return a function that makes a sample of a name."""

    def make(name: str) -> Sample:
        labels = discs((64, 80), [(20, 20, 8), (40, 50, 10)])
        return Sample(name, np.where(labels > 0, 200, 20).astype(np.uint8), labels)

    return make


@pytest.fixture
def spotting(sample: Callable[[str], Sample]) -> Callable[[bool], ModelEvaluation]:
    """Return a function that judges a model which finds all nuclei, or none."""

    def judged(finds: bool) -> ModelEvaluation:
        def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
            bright = (finds * (tiles[..., :1] > 0.5)).astype(np.float32)
            return np.repeat(bright, 2, axis=-1)

        card = ModelCard("spots", diameter=20.0)
        return evaluate_model(Segmenter(network, card), [sample("held")], 20.0)

    return judged


def blank(name: str) -> Sample:
    return Sample(name, np.zeros((64, 80), np.uint8), np.zeros((64, 80), np.int32))


BAD: dict[str, tuple[list[str], list[str], str]] = {
    "nothing to train on": ([], ["a"], "at least one image to train on; got none"),
    "nothing to check on": (["a"], [], "the validation set is empty"),
    "in both": (
        ["a", "b", "c"],
        ["c", "b"],
        "2 images are both in the training and in the validation set, such as b;",
    ),
    "training without nuclei": (["blank"], ["a"], "the training images hold no nuc"),
    "validation without nuclei": (["a"], ["blank"], "the validation images hold no"),
}


@pytest.mark.parametrize(("training", "validation", "message"), BAD.values(), ids=BAD)
def test_samples_that_cannot_be_trained_on_are_refused_and_nothing_is_left(
    sample: Callable[[str], Sample],
    own_models: Path,
    training: list[str],
    validation: list[str],
    message: str,
) -> None:
    one, two = (
        [blank(name) if name == "blank" else sample(name) for name in names]
        for names in (training, validation)
    )
    with pytest.raises(ValueError, match=message):
        check_samples(one, two)
    with pytest.raises(ValueError, match=message):
        train(one, name="new", validation=two)
    assert not own_models.exists()


def test_an_image_without_nuclei_among_others_is_welcome(
    sample: Callable[[str], Sample],
) -> None:
    check_samples([sample("a"), blank("b")], [blank("c"), sample("d")])


def test_an_image_that_cannot_be_parted_is_refused(
    sample: Callable[[str], Sample],
) -> None:
    one = sample("a")
    first = Sample("first", one.image, np.where(one.labels == 1, 1, 0).astype("i4"))
    with pytest.raises(ValueError, match=r"Too few nuclei .*; paint at least two"):
        train([first], name="new")


def test_a_pair_of_arrays_is_a_sample(sample: Callable[[str], Sample]) -> None:
    one = sample("a")
    pairs = as_samples([one, (one.image, one.labels.astype(np.int64))])
    assert [x.name for x in pairs] == ["a", "image 2"]
    assert pairs[1].labels.dtype == np.int32


def test_a_model_is_for_the_diameter_asked_for_or_its_base_or_most_images(
    sample: Callable[[str], Sample],
) -> None:
    samples = [sample("a"), sample("b"), blank("c")]
    config = TrainConfig(diameter=33)
    bundled = find_model("nuclei")
    assert model_diameter(config, samples, bundled) == 33
    assert model_diameter(TrainConfig(), samples, bundled) == bundled.card.diameter
    found = model_diameter(TrainConfig(), samples, None)
    assert found == pytest.approx(20, rel=0.1)


def test_more_is_learnt_of_more_images_and_beside_a_base_that_finds_less(
    sample: Callable[[str], Sample], spotting: Callable[[bool], ModelEvaluation]
) -> None:
    images = [sample(name) for name in "abcd"]
    shares = [
        choose_interpolation_factor([*images[:count], blank("none")], spotting(finds))
        for finds in (True, False)
        for count in (1, 4)
    ]
    assert 0 < shares[0] < shares[1] < 1
    assert shares[0] < shares[2] < shares[3] < 1
    assert choose_interpolation_factor(images, None) == 1


def test_a_base_is_judged_on_all_that_is_annotated_of_few_images(
    sample: Callable[[str], Sample],
) -> None:
    def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.repeat((tiles[..., :1] > 0.5).astype(np.float32), 2, axis=-1)

    segmenter = Segmenter(bright, ModelCard("spots", diameter=20.0))
    baseline = evaluate_model(segmenter, [blank("held")], 20.0)
    assert (baseline.nuclei, baseline.f1) == (
        0,
        1,
    )  # nothing to find, and nothing found
    few = evaluate_on_all(segmenter, [sample("a"), sample("b")], baseline, 20.0)
    assert (few.nuclei, few.f1, len(few.labels)) == (4, 1, 3)
    many = [sample(str(number)) for number in range(MIN_WHOLE_IMAGES)]
    assert evaluate_on_all(segmenter, many, baseline, 20.0) is baseline


@pytest.mark.parametrize(
    ("finds", "usual"), [(False, 33.0), (True, None)], ids=["strange", "known"]
)
def test_of_a_strange_kind_of_image_the_painted_size_is_kept(
    sample: Callable[[str], Sample],
    spotting: Callable[[bool], ModelEvaluation],
    finds: bool,
    usual: float | None,
) -> None:
    entry, one = find_model("nuclei"), [sample("a")]
    found = spotting(finds)
    config = replace(CONFIG, diameter=20.0)
    setup = TrainingSetup(one, one, config, entry, 33.0, found, found, None)
    assert setup.usual_diameter == usual
    assert (
        initial_card("new", load_base_model("nuclei"), setup, About()).usual_diameter
        == usual
    )
    assert replace(setup, base=None).usual_diameter is None
    earlier = replace(entry, card=replace(entry.card, usual_diameter=40.0))
    again = replace(setup, base=earlier, base_evaluation=spotting(True))
    assert again.usual_diameter == 40.0


@pytest.mark.parametrize("everything", [True, False], ids=["all over", "painted"])
def test_images_of_which_some_nuclei_are_painted_are_mostly_unknown(
    discs: Callable[..., NDArray[np.int32]], everything: bool
) -> None:
    places = [(30 + 60 * n, 30 + 60 * m, 8) for n in range(4) for m in range(4)]
    labels = discs((256, 256), places)
    image = np.where(labels > 0, 200, 20).astype(np.uint8)
    one = Sample("one", image, labels)
    parts = hold_out([one if everything else ignore_unpainted(one)], 0.25, 0)
    assert is_sparsely_annotated([*parts[0], *parts[1]]) != everything


def test_the_history_has_a_row_for_each_epoch(tmp_path: Path) -> None:
    epochs = [Epoch(n, n / 3, {"loss": 1 / n}, {"loss": 2 / n}) for n in (1, 2)]
    write_history(tmp_path / "history.csv", epochs)
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [float(row["loss"]) for row in rows] == [1, 0.5]
    assert [float(row["val_loss"]) for row in rows] == [2, 1]


def test_a_model_of_other_channels_is_no_base(tmp_path: Path) -> None:
    write_card(tmp_path, ModelCard("foreign", channels=("foreground",)))
    with pytest.raises(ValueError, match=r"can begin from models of this package"):
        load_base_model(tmp_path)


@pytest.mark.slow
def test_training_begins_from_a_base_and_a_wish_to_stop_keeps_what_there_is(
    sample: Callable[[str], Sample], small_base: Path, own_models: Path
) -> None:
    origin = keras.models.load_model(small_base / KERAS_FILE).get_weights()
    begun: list[NDArray[np.float32]] = []
    told: list[tuple[int, int]] = []

    def epoch_done(epoch: Epoch, model: keras.Model) -> None:
        begun.extend(model.get_weights())

    hooks = Hooks(
        progress=lambda *x: told.append(x), epoch=epoch_done, stop=lambda: True
    )
    folder = train(
        [sample("a"), sample("b")],
        name="tuned",
        config=replace(CONFIG, batch_norm="keep"),
        validation=[sample("c")],
        base=small_base,
        about=About("Discs.", "made by a test", "CC0-1.0"),
        hooks=hooks,
    )
    assert told == [(1, 2)]
    # One step moves weights by about the learning rate: they are still the base's.
    apart = [np.abs(a - b).max() for a, b in zip(begun, origin, strict=True)]
    assert np.median(apart) < 0.01
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
    assert load_segmenter("tuned").segment(sample("c").image).shape == (64, 80)
    comparison = read_comparison(card.training)
    assert comparison is not None
    assert comparison.diameter == pytest.approx(20, rel=0.1)
    size = area_weighted_diameter(object_areas(sample("c").labels))
    evaluation = evaluate(
        [sample("c")],
        model="tuned",
        config=SegmentConfig(diameter=size),
        output=own_models / "report",
    )
    assert evaluation.summary() == card.metrics
    assert (own_models / "report" / "evaluation.json").exists()


class Killed(Exception):
    """Stands in for the end of a process."""


@pytest.mark.slow
def test_a_killed_fine_tuning_resumes_from_its_own_notes_to_the_same_weights(
    sample: Callable[[str], Sample], small_base: Path
) -> None:
    samples = [sample("a"), sample("b")]
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
            config,
            name="killed",
            validation=[sample("c")],
            base=small_base,
            about=about,
            hooks=Hooks(epoch=kill),
        )
    assert list_interrupted() == ["killed"]
    kept, held = read_annotations(run_folder("killed") / "annotations.npz")
    assert [x.name for x in (*kept, *held)] == ["a", "b", "c"]
    np.testing.assert_array_equal(kept[1].labels, samples[1].labels)
    folder = resume("killed")
    assert list_interrupted() == []
    assert read_card(folder).description == "Discs."
    assert (folder / "annotations.npz").is_file()
    # The same seed gives the same weights, killed or not.
    other = train(
        samples,
        config,
        name="whole",
        validation=[sample("c")],
        base=small_base,
        about=about,
    )
    for one, two in zip(weights(folder), weights(other), strict=True):
        np.testing.assert_array_equal(one, two)
    # Batch normalisation has the base's statistics still.
    origin = keras.models.load_model(small_base / KERAS_FILE)
    tuned = keras.models.load_model(folder / KERAS_FILE)
    moved = 0.0
    for before, after in zip(origin.layers, tuned.layers, strict=True):
        for one, two in zip(before.get_weights(), after.get_weights(), strict=True):
            if isinstance(after, keras.layers.BatchNormalization):
                np.testing.assert_array_equal(one, two)
            else:
                moved = max(moved, float(np.abs(one - two).max()))
    assert moved > 0 or read_card(folder).training["best_epoch"] == 0
    comparison = read_comparison(read_card(folder).training)
    assert comparison is not None
    assert (comparison.nuclei, comparison.base) == (2, "base")


def test_there_must_be_a_training_to_resume() -> None:
    with pytest.raises(FileNotFoundError, match=r"no interrupted training x; .* none"):
        resume("x")
