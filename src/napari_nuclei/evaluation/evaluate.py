"""How well a model segments images whose truth is annotated, and reports of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.annotated_mask import compare_annotated, drop_unannotated
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation import figures
from napari_nuclei.evaluation.calibration import (
    nucleus_reliability,
    pixel_reliability,
)
from napari_nuclei.evaluation.results import Evaluation, ImageResult, flatten_scores
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL

__all__ = [
    "Evaluation",
    "ImageResult",
    "best_and_worst",
    "evaluate",
    "evaluate_samples",
    "make_segment_function",
    "write_report",
]

Labels = NDArray[np.int32]
Segment = Callable[[NDArray[Any]], tuple[Labels, NDArray[np.float32]]]
"""Takes an image, gives labels (int32) and foreground (float32), both (Y, X)."""

DEFAULT_GROUP = "other"
"""The group of images that `groups` does not name."""

IMAGES_SHOWN = 3
"""Images of the best, and of the worst, in the figure of a report."""


def evaluate(
    samples: Sequence[Sample],
    *,
    model: str | Path = DEFAULT_MODEL,
    config: SegmentConfig | None = None,
    groups: Mapping[str, str] | None = None,
    output: Path | str | None = None,
    engine: str = "auto",
    progress: Progress | None = None,
) -> Evaluation:
    """Segment images whose truth is annotated and score the result.

    Parameters
    ----------
    samples : sequence of Sample
    model : str or path-like
        A model's name or folder.
    config : SegmentConfig, optional
    groups : mapping, optional
        From an image's name to its group, for scores of each group.
    output : path-like, optional
        Folder for the files of `write_report`.
    engine : str
        As of `load_segmenter`.
    progress : callable, optional
        Is told (done, total) in images.

    Returns
    -------
    Evaluation

    Raises
    ------
    OSError, ValueError
        If there is no such model, there are no samples or nothing can be written.
    """
    segmenter = load_segmenter(model, engine=engine)
    probability = (config and config.probability) or segmenter.card.probability
    predictions: list[Labels] = []
    evaluation = evaluate_samples(
        make_segment_function(segmenter, config),
        samples,
        probability=probability,
        groups=groups,
        progress=progress,
        on_labels=predictions.append,
    )
    if output is not None:
        write_report(evaluation, samples, predictions, output)
    return evaluation


def make_segment_function(
    segmenter: Segmenter, config: SegmentConfig | None = None
) -> Callable[[NDArray[Any]], tuple[Labels, NDArray[np.float32]]]:
    """Return the function that evaluation calls for each image."""

    def segment(image: NDArray[Any]) -> tuple[Labels, NDArray[np.float32]]:
        found = segmenter.run(image, config=config)
        return found.labels, found.foreground

    return segment


def evaluate_samples(
    segment: Segment,
    samples: Sequence[Sample],
    *,
    probability: float = 0.5,
    groups: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    on_labels: Callable[[Labels], None] | None = None,
) -> Evaluation:
    """Segment images and compare the results with the truth.

    Objects are compared by the labels, pixels by the foreground; where a sample is
    unknown neither counts.

    Parameters
    ----------
    segment : callable
        Takes an image, gives labels (int32) and foreground (float32), both (Y, X).
    samples : sequence of Sample
    probability : float
        Foreground where it is at least this.
    groups : mapping, optional
        From an image's name to the name of its group, for scores of each group;
        images that are not named form the group `DEFAULT_GROUP`.
    progress : callable, optional
        Is told (done, total) in images; cancels by raising.
    on_labels : callable, optional
        Is given the labels of each image in turn, such as the `append` of a list.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If there is no sample, or what `segment` gives does not fit its image.
    """
    if not samples:
        raise ValueError("there must be at least one image to evaluate; got none")
    groups, results = groups or {}, []
    for sample in samples:
        labels, foreground = segment(sample.image)
        for what, array in (("labels", labels), ("foreground", foreground)):
            if array.shape != sample.labels.shape:
                raise ValueError(
                    f"{sample.name}: the {what} that were predicted must have the "
                    f"shape of the mask {sample.labels.shape}; got {array.shape}"
                )
        counts = compare_annotated(sample, labels, foreground >= probability)
        annotated = slice(None) if sample.annotated is None else sample.annotated
        truth, sure = sample.labels[annotated], foreground[annotated]
        fair = drop_unannotated(labels, sample.annotated)[annotated]
        results.append(
            ImageResult(
                sample.name,
                groups.get(sample.name, DEFAULT_GROUP),
                counts,
                pixel_reliability(truth, sure),
                nucleus_reliability(truth, fair, sure),
            )
        )
        if on_labels:
            on_labels(labels)
        if progress:
            progress(len(results), len(samples))
    return Evaluation(tuple(results))


def best_and_worst(evaluation: Evaluation, shown: int = IMAGES_SHOWN) -> list[int]:
    """Return the numbers of the best and then of the worst images, best first.

    Images are ranked by their mean AP and then by the Dice of their pixels. Those
    without nuclei in which none was predicted, perfect and dull, are left out.
    """

    def rank(number: int) -> tuple[float, float]:
        scores = evaluation.images[number].counts.scores()
        return scores.mean_ap(), scores.pixels.dice

    numbers = [i for i, x in enumerate(evaluation.images) if x.nuclei or x.predicted]
    ranked = sorted(numbers, key=rank, reverse=True)
    return ranked if len(ranked) <= 2 * shown else ranked[:shown] + ranked[-shown:]


def write_report(
    evaluation: Evaluation,
    samples: Sequence[Sample],
    predictions: Sequence[Labels],
    folder: Path | str,
) -> tuple[Path, ...]:
    """Write evaluation.csv, evaluation.json and figures.

    The figures are ap_curve.png (average precision against IoU, by group),
    calibration.png (of pixels and nuclei) and best_and_worst.png (images).

    Parameters
    ----------
    evaluation : Evaluation
    samples : sequence of Sample
    predictions : sequence of ndarray of int, shape (Y, X)
        What was predicted for each sample, as `evaluate_samples` keeps it.
    folder : path-like
        Made if it is not there; files of these names are replaced.

    Returns
    -------
    tuple of Path
        The files; best_and_worst.png only where an image has or was given a nucleus.

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If samples and predictions are not those that were evaluated.
    """
    folder, names = Path(folder), [sample.name for sample in samples]
    if len(predictions) != len(samples) or names != [x.name for x in evaluation.images]:
        raise ValueError(
            "samples and predictions must be those of the evaluation, in its order; "
            f"got {len(samples)} and {len(predictions)} for {len(evaluation.images)}"
        )
    paths = [folder / "evaluation.csv", folder / "evaluation.json"]
    evaluation.write_csv(paths[0])
    evaluation.write_json(paths[1])
    lines = {"all": evaluation.mean}
    groups = evaluation.groups
    if len(groups) > 1:
        lines |= {name: part.mean for name, part in groups.items()}
    drawn = {
        "ap_curve.png": figures.draw_ap_curves(lines),
        "calibration.png": figures.draw_reliability(evaluation.reliability),
    }
    for name, figure in drawn.items():
        paths.append(folder / name)
        figures.save_figure(figure, paths[-1])
    numbers = best_and_worst(evaluation)
    if numbers:
        figure = figures.draw_predictions(
            [samples[i].image for i in numbers],
            [samples[i].labels for i in numbers],
            [predictions[i] for i in numbers],
            [image_caption(evaluation.images[i]) for i in numbers],
        )
        paths.append(folder / "best_and_worst.png")
        figures.save_figure(figure, paths[-1])
    return tuple(paths)


def image_caption(image: ImageResult) -> str:
    """Return a line about an image for the figure."""
    scores = flatten_scores(image.counts.scores())
    return (
        f"{figures.shorten(image.name, 28)}: AP50 {scores['ap_50']:.2f}, mean AP "
        f"{scores['ap_50_95']:.2f}, {image.predicted} nuclei for {image.nuclei}"
    )
