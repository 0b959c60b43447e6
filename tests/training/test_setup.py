from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import MIN_WHOLE_IMAGES, hold_out
from napari_nuclei.evaluation.held_out import ModelEvaluation, evaluate_model
from napari_nuclei.model.store import find_model
from napari_nuclei.training.base_model import load_base_model
from napari_nuclei.training.loop.run_folder import About
from napari_nuclei.training.package_model import initial_card
from napari_nuclei.training.setup import (
    TrainingSetup,
    check_samples,
    choose_interpolation_factor,
    evaluate_on_all,
    is_sparsely_annotated,
    median_diameter,
    model_diameter,
    prepare_training,
)
from napari_nuclei.training.train import train

CONFIG = TrainConfig(batch=2, patch_size=64)


@pytest.fixture
def evaluated(
    make_sample: Callable[[str], Sample],
) -> Callable[[bool], ModelEvaluation]:
    """Return a function that scores a model which finds all nuclei, or none."""

    def evaluate(finds: bool) -> ModelEvaluation:
        def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
            bright = (finds * (tiles[..., :1] > 0.5)).astype(np.float32)
            return np.repeat(bright, 2, axis=-1)

        card = ModelCard("spots", diameter=20.0)
        return evaluate_model(Segmenter(network, card), [make_sample("held out")], 20.0)

    return evaluate


def blank(name: str) -> Sample:
    return Sample(name, np.zeros((64, 80), np.uint8), np.zeros((64, 80), np.int32))


BAD: dict[str, tuple[list[str], list[str], str]] = {
    "nothing to train on": ([], ["a"], "at least one image to train on; got none"),
    "nothing to check on": (["a"], [], "The validation set is empty"),
    "in both": (
        ["a", "b", "c"],
        ["c", "b"],
        "Training and validation set have images in common, such as b;",
    ),
    "training without nuclei": (["blank"], ["a"], "The training images contain no nuc"),
    "validation without nuclei": (["a"], ["blank"], "The validation images contain no"),
}


@pytest.mark.parametrize(("training", "validation", "message"), BAD.values(), ids=BAD)
def test_unusable_samples_are_refused_and_nothing_is_written(
    make_sample: Callable[[str], Sample],
    own_models: Path,
    training: list[str],
    validation: list[str],
    message: str,
) -> None:
    one, two = (
        [blank(name) if name == "blank" else make_sample(name) for name in names]
        for names in (training, validation)
    )
    with pytest.raises(ValueError, match=message):
        check_samples(one, two)
    with pytest.raises(ValueError, match=message):
        train(one, "new", validation=two)
    assert not own_models.exists()


def test_some_images_may_contain_no_nucleus(
    make_sample: Callable[[str], Sample],
) -> None:
    check_samples([make_sample("a"), blank("b")], [blank("c"), make_sample("d")])


def test_the_diameter_comes_from_the_settings_the_base_or_the_images(
    make_sample: Callable[[str], Sample],
) -> None:
    samples = [make_sample("a"), make_sample("b"), blank("c")]
    config = TrainConfig(diameter=33)
    bundled = find_model("nuclei")
    assert model_diameter(config, samples, bundled) == 33
    assert model_diameter(TrainConfig(), samples, bundled) == bundled.card.diameter
    found = model_diameter(TrainConfig(), samples, None)
    assert found == pytest.approx(20, rel=0.1)


def test_the_factor_grows_with_the_images_and_with_the_errors_of_the_base(
    make_sample: Callable[[str], Sample], evaluated: Callable[[bool], ModelEvaluation]
) -> None:
    images = [make_sample(name) for name in "abcd"]
    factors = [
        choose_interpolation_factor([*images[:count], blank("none")], evaluated(finds))
        for finds in (True, False)
        for count in (1, 4)
    ]
    assert 0 < factors[0] < factors[1] < 1
    assert factors[0] < factors[2] < factors[3] < 1
    assert choose_interpolation_factor(images, None) == 1


def test_with_few_images_a_base_is_scored_on_all_annotated_nuclei(
    make_sample: Callable[[str], Sample],
) -> None:
    def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.repeat((tiles[..., :1] > 0.5).astype(np.float32), 2, axis=-1)

    segmenter = Segmenter(bright, ModelCard("spots", diameter=20.0))
    baseline = evaluate_model(segmenter, [blank("held out")], 20.0)
    assert (baseline.nuclei, baseline.f1) == (
        0,
        1,
    )  # nothing to find, and nothing found
    few = evaluate_on_all(
        segmenter, [make_sample("a"), make_sample("b")], baseline, 20.0
    )
    assert (few.nuclei, few.f1, len(few.labels)) == (4, 1, 3)
    many = [make_sample(str(number)) for number in range(MIN_WHOLE_IMAGES)]
    assert evaluate_on_all(segmenter, many, baseline, 20.0) is baseline


@pytest.mark.parametrize(
    ("finds", "usual"), [(False, 33.0), (True, None)], ids=["unfamiliar", "familiar"]
)
def test_for_unfamiliar_images_the_painted_diameter_is_the_usual_one(
    make_sample: Callable[[str], Sample],
    evaluated: Callable[[bool], ModelEvaluation],
    finds: bool,
    usual: float | None,
) -> None:
    entry, one = find_model("nuclei"), [make_sample("a")]
    found = evaluated(finds)
    config = replace(CONFIG, diameter=20.0)
    setup = TrainingSetup(one, one, config, entry, 33.0, found, found, None)
    assert setup.usual_diameter == usual
    assert (
        initial_card("new", load_base_model("nuclei"), setup, About()).usual_diameter
        == usual
    )
    assert replace(setup, base=None).usual_diameter is None
    earlier = replace(entry, card=replace(entry.card, usual_diameter=40.0))
    again = replace(setup, base=earlier, base_evaluation=evaluated(True))
    assert again.usual_diameter == 40.0


@pytest.mark.parametrize("everything", [True, False], ids=["completely", "painted"])
def test_images_with_some_painted_nuclei_are_sparsely_annotated(
    discs: Callable[..., NDArray[np.int32]], everything: bool
) -> None:
    discs_at = [(30 + 60 * n, 30 + 60 * m, 8) for n in range(4) for m in range(4)]
    labels = discs((256, 256), discs_at)
    image = np.where(labels > 0, 200, 20).astype(np.uint8)
    one = Sample("one", image, labels)
    parts = hold_out([one if everything else ignore_unpainted(one)], 0.25, 0)
    assert is_sparsely_annotated([*parts[0], *parts[1]]) != everything


def test_the_setup_holds_out_nuclei_and_chooses_a_factor(
    make_sample: Callable[[str], Sample], small_base: Path
) -> None:
    config = replace(TrainConfig.fine_tuning(), budget=40)
    setup = prepare_training([make_sample(n) for n in "ab"], config, None, small_base)
    assert setup.samples
    assert setup.held_out
    assert setup.config.diameter == 16
    assert setup.annotated_diameter == pytest.approx(20, rel=0.1)
    assert setup.baseline is not None
    assert setup.min_loss_reduction is not None
    assert setup.evaluation_seconds > 0
    assert setup.encoder is None


def test_only_the_encoder_of_a_base_is_used_if_wanted(
    make_sample: Callable[[str], Sample],
) -> None:
    config = TrainConfig(encoder_only=True)
    samples = [make_sample(n) for n in "ab"]
    setup = prepare_training(samples, config, None, "nuclei-fast")
    assert setup.base is None
    assert setup.encoder is not None
    assert setup.encoder.name == "nuclei-fast"
    assert setup.config.model.alpha == 0.35
    assert setup.config.diameter == median_diameter(setup.samples)
    assert setup.baseline is not None
    assert setup.baseline.name == "nuclei-fast"
    with pytest.raises(ValueError, match="encoder_only needs a model whose encoder"):
        prepare_training(samples, config, None, None)


def test_the_setup_fixes_the_steps_of_an_epoch_and_the_batch(
    make_sample: Callable[[str], Sample],
) -> None:
    setup = prepare_training([make_sample(n) for n in "ab"], TrainConfig(), None, None)
    assert (setup.config.steps, setup.config.batch) == (10, 8)
