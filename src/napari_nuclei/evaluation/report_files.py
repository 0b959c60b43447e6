"""Write the tables and figures of an evaluation to a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation import figures
from napari_nuclei.evaluation.evaluation_results import (
    Evaluation,
    ImageResult,
    flatten_scores,
)

IMAGES_SHOWN = 3
"""Number of best, and of worst, images in the figure."""


def best_and_worst(evaluation: Evaluation, shown: int = IMAGES_SHOWN) -> list[int]:
    """Return the indices of the best and then of the worst images, best first.

    Images are ranked by mean AP, then by pixel Dice. Images with neither annotated nor
    predicted nuclei are left out: they are perfect but show nothing.
    """

    def rank(index: int) -> tuple[float, float]:
        scores = evaluation.images[index].counts.scores()
        return scores.mean_ap(), scores.pixels.dice

    indices = [
        index
        for index, image in enumerate(evaluation.images)
        if image.nuclei or image.predicted
    ]
    ranked = sorted(indices, key=rank, reverse=True)
    return ranked if len(ranked) <= 2 * shown else ranked[:shown] + ranked[-shown:]


def write_report(
    evaluation: Evaluation,
    samples: Sequence[Sample],
    predictions: Sequence[NDArray[np.int32]],
    folder: Path | str,
) -> tuple[Path, ...]:
    """Write evaluation.csv, evaluation.json and figures to a folder.

    The figures are ap_curve.png (average precision against IoU, by group),
    calibration.png (of pixels and nuclei) and best_and_worst.png (images).

    Parameters
    ----------
    evaluation : Evaluation
    samples : sequence of Sample
        The evaluated samples, in order.
    predictions : sequence of ndarray of int32, shape (Y, X)
        Predicted labels of each sample.
    folder : str or path-like
        Created if missing; files of these names are replaced.

    Returns
    -------
    tuple of Path
        The files. There is no best_and_worst.png if no image has an annotated or
        predicted nucleus.

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If samples or predictions do not belong to the evaluation.
    """
    folder = Path(folder)
    names = [sample.name for sample in samples]
    evaluated = [image.name for image in evaluation.images]
    if len(predictions) != len(samples) or names != evaluated:
        raise ValueError(
            "Samples and predictions must be those of the evaluation, in its order; "
            f"got {len(samples)} and {len(predictions)} for {len(evaluation.images)}"
        )
    paths = [folder / "evaluation.csv", folder / "evaluation.json"]
    evaluation.write_csv(paths[0])
    evaluation.write_json(paths[1])
    ap_curves = {"all": evaluation.mean}
    groups = evaluation.groups
    if len(groups) > 1:
        ap_curves |= {name: part.mean for name, part in groups.items()}
    drawn = {
        "ap_curve.png": figures.draw_ap_curves(ap_curves),
        "calibration.png": figures.draw_reliability(evaluation.reliability),
    }
    indices = best_and_worst(evaluation)
    if indices:
        drawn["best_and_worst.png"] = figures.draw_predictions(
            [samples[i].image for i in indices],
            [samples[i].labels for i in indices],
            [predictions[i] for i in indices],
            [image_caption(evaluation.images[i]) for i in indices],
        )
    for name, figure in drawn.items():
        paths.append(folder / name)
        figures.save_figure(figure, paths[-1])
    return tuple(paths)


def image_caption(image: ImageResult) -> str:
    """Return the name and the main scores of an image in one line."""
    scores = flatten_scores(image.counts.scores())
    return (
        f"{figures.shorten(image.name, 28)}: AP50 {scores['ap_50']:.2f}, mean AP "
        f"{scores['ap_50_95']:.2f}, {image.predicted} nuclei for {image.nuclei}"
    )
