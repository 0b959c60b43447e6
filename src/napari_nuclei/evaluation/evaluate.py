"""Segment annotated images and score the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.fields import apply_settings
from napari_nuclei.config.segment_config import SegmentSettings
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.errors import shorten_names
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.normalize import is_grey
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.annotated_mask import compare_annotated, drop_unannotated
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.mask_report import describe_masks
from napari_nuclei.data.masks import LABELS
from napari_nuclei.data.sample_inputs import SampleData, as_samples
from napari_nuclei.evaluation.calibration import (
    nucleus_reliability,
    pixel_reliability,
)
from napari_nuclei.evaluation.evaluation_results import (
    DEFAULT_GROUP,
    Evaluation,
    ImageResult,
)
from napari_nuclei.evaluation.nucleus_outcomes import nucleus_outcomes
from napari_nuclei.evaluation.report_files import write_report
from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL

ARGUMENTS = ("model", "config", "groups", "engine", "max_pixels", "progress")
"""Arguments of `evaluate` that are not settings."""

Labels = NDArray[np.int32]
SegmentFunction = Callable[[NDArray[Any]], tuple[Labels, NDArray[np.float32]]]
"""Takes an image; returns labels and foreground probability, both (Y, X)."""


@shows_progress("image")
def evaluate(
    data: SampleData,
    output: Path | str | None = None,
    *,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    config: SegmentConfig | None = None,
    groups: Mapping[str, str] | None = None,
    engine: str = "auto",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    **settings: Unpack[SegmentSettings],
) -> Evaluation:
    """Segment annotated images with a model and score the result.

    Parameters
    ----------
    data : path, Sample, arrays or sequence
        The path of a data set (see `read_dataset`); or arrays (images, labels); or a
        sequence of Samples and (image, labels) pairs. Of a data set with parts, the
        part test is scored, or val if there is no test. An image has the shape (Y, X)
        or (Y, X, C), its labels (Y, X): integers, or a binary mask.
    output : str or path-like, optional
        Folder for tables and figures: evaluation.csv, evaluation.json, ap_curve.png,
        calibration.png and best_and_worst.png. Created if missing.
    model : str, path-like or Segmenter
        Name or folder of a model, or a loaded model.
    config : SegmentConfig, optional
        Settings of the segmentation, such as the diameter.
    groups : mapping of str to str, optional
        Group of each image by name, for scores of each group.
    engine : {"auto", "litert", "onnx", "keras"}
        How to run the network, see `load_segmenter`.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    progress : callable, optional
        Called with (done, total) after each image; cancels by raising. By default a
        terminal or notebook shows a bar.
    **settings
        Fields of `SegmentConfig`, such as ``diameter=30``.

    Returns
    -------
    Evaluation
        `print` shows it as a table; `metrics` is a dict of the pooled scores.

    Raises
    ------
    OSError
        If the data or the model cannot be read, or the output cannot be written.
    TypeError, ValueError
        If there are no annotated images, image and labels differ in shape, or `groups`
        names none of the images.

    See Also
    --------
    score : Compare predicted labels with annotated labels.

    Examples
    --------
    >>> from napari_nuclei import evaluate, synthetic_nuclei
    >>> image, labels = synthetic_nuclei((128, 128), seed=1)
    >>> evaluate([(image, labels)]).metrics["f1_50"] > 0.8  # doctest: +SKIP
    True
    """
    if output is not None and not isinstance(output, str | Path):
        data, output = (data, output), None  # images and labels, by position
    config = apply_settings("evaluate", SegmentConfig, config, settings, ARGUMENTS)
    samples = as_samples(data, split="test", max_pixels=max_pixels)
    check_groups(groups, samples)
    if output is not None:  # before the images are segmented
        prepare_folder(Path(output).expanduser())
    if not isinstance(model, Segmenter):
        model = load_segmenter(model, engine=engine)
    probability = config.probability or model.card.probability
    predictions: list[Labels] = []
    evaluation = evaluate_samples(
        make_segment_function(model, config),
        samples,
        probability=probability,
        groups=groups,
        progress=progress,
        on_labels=predictions.append,
        curve_of=make_curve_function(model),
    )
    evaluation = replace(evaluation, notes=describe_truth(samples))
    if output is not None:
        write_report(evaluation, samples, predictions, Path(output).expanduser())
    return evaluation


def check_groups(groups: Mapping[str, str] | None, samples: Sequence[Sample]) -> None:
    """Raise ValueError if groups are given, and none is that of an image."""
    if groups is None or any(sample.name in groups for sample in samples):
        return
    names = shorten_names([sample.name for sample in samples])
    raise ValueError(
        f"None of the {counted(len(groups), 'name')} with a group is that of an image "
        f"without suffix: {names}"
    )


def describe_truth(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Return sentences about the part of a data set and about binary masks."""
    notes = list(describe_masks(samples))
    if any(sample.mask_kind != LABELS for sample in samples) and notes:
        notes[0] += ". Where the model separates them, it is scored as wrong"
    parts = sorted({sample.split for sample in samples if sample.split})
    if parts:
        notes.insert(0, f"Scored on the part {' and '.join(parts)} of the data set")
    if "train" in parts:
        notes[0] += ". A model that was trained on it scores too high"
    return tuple(notes)


def make_segment_function(
    segmenter: Segmenter, config: SegmentConfig | None = None
) -> SegmentFunction:
    """Return a function that segments an image with fixed settings."""

    def segment(image: NDArray[Any]) -> tuple[Labels, NDArray[np.float32]]:
        segmentation = segmenter.run(image, config=config)
        return segmentation.labels, segmentation.foreground

    return segment


def make_curve_function(
    segmenter: Segmenter,
) -> Callable[[NDArray[Any]], ConfidenceCurve | None]:
    """Return a function that returns the confidence curve for an image."""
    return lambda image: segmenter.card.curve(not is_grey(image))


def evaluate_samples(
    segment: SegmentFunction,
    samples: Sequence[Sample],
    *,
    probability: float = 0.5,
    groups: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    on_labels: Callable[[Labels], None] | None = None,
    curve_of: Callable[[NDArray[Any]], ConfidenceCurve | None] = lambda image: None,
) -> Evaluation:
    """Segment samples with a function and score the result.

    Objects are compared by labels, and pixels by foreground probability. Only the
    annotated mask of a sample is scored.

    Parameters
    ----------
    segment : callable
        Takes an image; returns labels (int32) and foreground probability (float32),
        both of shape (Y, X).
    samples : sequence of Sample
    probability : float
        Threshold of the foreground probability, 0 to 1.
    groups : mapping of str to str, optional
        Group of each image by name, for scores of each group. Other images belong to
        the group `DEFAULT_GROUP`.
    progress : callable, optional
        Called with (done, total) after each image; cancels by raising.
    on_labels : callable, optional
        Called with the labels of each image, for example the `append` of a list.
    curve_of : callable, optional
        Takes an image; returns the curve of the confidence of its nuclei, or None.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If there is no sample, or `segment` returns arrays of another shape.
    """
    if not samples:
        raise ValueError("There must be at least one image to evaluate; got none")
    groups, results = groups or {}, []
    for sample in samples:
        labels, foreground = segment(sample.image)
        for name, array in (("labels", labels), ("foreground", foreground)):
            if array.shape != sample.labels.shape:
                raise ValueError(
                    f"{sample.name}: The predicted {name} must have the shape of the "
                    f"mask, {sample.labels.shape}; got {array.shape}"
                )
        counts = compare_annotated(sample, labels, foreground >= probability)
        mask = slice(None) if sample.annotated is None else sample.annotated
        truth, pixel_probability = sample.labels[mask], foreground[mask]
        scored = drop_unannotated(labels, sample.annotated)[mask]
        results.append(
            ImageResult(
                name=sample.name,
                group=groups.get(sample.name, DEFAULT_GROUP),
                counts=counts,
                pixels=pixel_reliability(truth, pixel_probability),
                objects=nucleus_reliability(
                    truth, scored, pixel_probability, curve_of(sample.image)
                ),
                outcomes=nucleus_outcomes(truth, scored),
            )
        )
        if on_labels:
            on_labels(labels)
        if progress:
            progress(len(results), len(samples))
    return Evaluation(tuple(results))
