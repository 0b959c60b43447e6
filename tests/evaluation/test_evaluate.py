from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.evaluate import evaluate, evaluate_samples
from napari_nuclei.evaluation.evaluation_results import Evaluation


def test_every_image_is_counted_in_order(evaluation: Evaluation) -> None:
    rows = [(x.name, x.nuclei, x.predicted) for x in evaluation.images]
    assert rows == [("all", 4, 4), ("half", 4, 2), ("none", 2, 0)]


def test_pixels_are_thresholded_at_the_probability(segment, make_sample) -> None:
    def uncertain(image: NDArray[Any]) -> Any:
        labels, foreground = segment(image)
        return labels, foreground * np.float32(0.4)

    one = [make_sample("a", 3)]
    assert evaluate_samples(uncertain, one).pooled.pixels.recall == 0
    lower = evaluate_samples(uncertain, one, probability=0.3)
    assert lower.pooled.pixels.recall == lower.pooled.objects[0].ap == 1


def test_progress_and_labels_are_reported(segment, samples: list[Sample]) -> None:
    calls: list[tuple[int, int]] = []
    labels: list[NDArray[np.int32]] = []
    evaluate_samples(
        segment,
        samples,
        progress=lambda done, total: calls.append((done, total)),
        on_labels=labels.append,
    )
    assert calls == [(1, 3), (2, 3), (3, 3)]
    assert [int(x.max()) for x in labels] == [4, 4, 0]


def test_raising_from_progress_cancels(segment, samples: list[Sample]) -> None:
    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_samples(segment, samples, progress=cancel)


def test_nothing_to_evaluate_is_an_error(segment) -> None:
    with pytest.raises(ValueError, match="at least one image to evaluate; got none"):
        evaluate_samples(segment, [])


@pytest.mark.parametrize("which", ["labels", "foreground"])
def test_output_of_another_shape_is_refused(
    segment, which: str, samples: list[Sample]
) -> None:
    def wrong(image: NDArray[Any]) -> Any:
        labels, foreground = segment(image)
        if which == "labels":
            return labels[1:], foreground
        return labels, foreground[1:]

    message = rf"all: The predicted {which} .* \(12, 40\); got \(11, 40\)"
    with pytest.raises(ValueError, match=message):
        evaluate_samples(wrong, samples)


class CountingNetwork:
    """Finds bright pixels and counts the calls."""

    calls = 0

    def __call__(self, tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        self.calls += 1
        return np.repeat((tiles[..., :1] > 0.5).astype(np.float32), 2, axis=-1)


def test_a_loaded_model_gives_arrays_pairs_and_samples_the_same_scores(
    make_sample, tmp_path: Path
) -> None:
    sample = make_sample("a", 4)
    network = CountingNetwork()
    segmenter = Segmenter(network, ModelCard("bright", diameter=6.0, patch_size=32))
    config = SegmentConfig(diameter="native", min_size=0)
    pair = (sample.image, sample.labels)
    found = [
        evaluate(data, model=segmenter, config=config).metrics
        for data in ([sample], [pair], pair)
    ]
    assert network.calls > 0
    assert found[0] == found[1] == found[2]
    evaluate([sample], tmp_path / "report", model=segmenter, config=config)
    assert (tmp_path / "report" / "evaluation.csv").is_file()


@pytest.mark.slow
def test_a_bundled_model_scores_the_test_folder_of_a_data_set(tmp_path: Path) -> None:
    for split, seed in (("train", 0), ("test", 1)):
        (tmp_path / split).mkdir()
        image, labels = synthetic_nuclei((128, 128), seed=seed)
        tifffile.imwrite(tmp_path / split / f"{split}.tif", image)
        tifffile.imwrite(tmp_path / split / f"{split}_mask.tif", labels)
    found = evaluate(str(tmp_path))
    assert [x.name for x in found.images] == ["test"]
    assert found.metrics["f1_50"] > 0.5


@pytest.fixture
def bright_model() -> Segmenter:
    """Return a model that finds bright pixels."""

    def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.repeat(tiles.mean(axis=-1, keepdims=True) > 0.5, 2, -1) * np.float32(
            1
        )

    return Segmenter(bright, ModelCard("bright", diameter=20))


def test_images_and_labels_may_be_two_arguments(bright_model, discs) -> None:
    truth = discs((90, 90), [(30, 30, 10), (60, 60, 10)])
    image = np.where(truth > 0, 200, 20).astype(np.uint8)
    stacks = np.stack([image, image])[..., None], np.stack([truth, truth])[..., None]
    for args in ((*stacks,), ([image, image], [truth, truth]), ([(image, truth)] * 2,)):
        found = evaluate(*args, model=bright_model, diameter="native")
        assert len(found.images) == 2
        assert found.metrics["f1_50"] == 1
    with pytest.raises(TypeError, match=r"evaluate has no setting 'grops'; .*'groups'"):
        evaluate(image, truth, model=bright_model, grops={})


def test_the_table_names_the_scored_part_and_touching_nuclei(
    bright_model, discs
) -> None:
    truth = discs((90, 90), [(30, 30, 10), (30, 48, 10), (60, 60, 10)])
    image = np.where(truth > 0, 200, 20).astype(np.uint8)
    samples = [
        Sample(part, image, truth, split=part) for part in ("train", "val", "test")
    ]
    assert "on the part test of" in evaluate(samples, model=bright_model).table()
    table = str(evaluate(samples[:1], model=bright_model))
    assert "on the part train of the data set. A model that was trained on it" in table
    with pytest.warns(ImageWarning, match="The mask is binary: 2 nuclei"):
        found = evaluate([(image, truth > 0)], model=bright_model)
    assert "2 nuclei by connected parts; touching ones count as one (1 part" in str(
        found
    )


def test_a_report_that_cannot_be_written_is_refused_before_segmenting(
    tmp_path: Path,
) -> None:
    (tmp_path / "scores.json").write_text("{}")
    image, labels = synthetic_nuclei((64, 64), seed=1)

    def never(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        raise AssertionError("the network ran")

    model = Segmenter(never, ModelCard("never"))
    with pytest.raises(NotADirectoryError, match="is a file"):
        evaluate([(image, labels)], tmp_path / "scores.json", model=model)


def test_groups_that_name_no_image_are_refused_before_segmenting() -> None:
    pair = synthetic_nuclei((64, 64), seed=1)
    with pytest.raises(ValueError, match=r"None of the 2 names with a group "):
        evaluate([pair], model="missing", groups={"a.png": "x", "b.png": "y"})
