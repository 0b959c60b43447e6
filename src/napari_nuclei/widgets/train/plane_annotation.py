"""Read what is annotated in one plane, to find where more annotations are needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.datasets import Sample
from napari_nuclei.widgets.layers.image_source import ImageSource
from napari_nuclei.widgets.train.annotated_image import AnnotatedImage
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    CORRECTIONS_ONLY,
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
    apply_unpainted_mode,
)


def read_plane_annotation(pair: AnnotatedImage, unpainted: str) -> Sample | None:
    """Return the annotations of one plane, to find where more are needed.

    Parameters
    ----------
    pair : AnnotatedImage
        Its source is one plane; its labels are those of the whole image.
    unpainted : str
        One of `UNPAINTED_MODES`. `UNPAINTED_IS_BACKGROUND` counts as
        `IGNORE_UNPAINTED`: the user is still painting.

    Returns
    -------
    Sample, optional
        Its `annotated` mask covers what needs no more annotation, and its `labels` are
        all nuclei; it has no pixels. None if the labels do not fit the image, or there
        are not annotations.
    """
    source, prediction = pair.source, pair.prediction
    painted = plane_labels(source, pair.labels)
    predicted = None if prediction is None else plane_labels(source, prediction)
    if painted is None or (unpainted == CORRECTIONS_ONLY and predicted is None):
        return None
    if unpainted == UNPAINTED_IS_BACKGROUND or (
        unpainted == BACKGROUND_IN_BOXES and pair.boxes is None
    ):
        unpainted, pair = IGNORE_UNPAINTED, replace(pair, background=0)
    # The labels stand in for the image, whose pixels may be slow to read.
    whole = Sample(source.name, painted, painted)
    sample = apply_unpainted_mode(whole, unpainted, pair, predicted)
    if sample.annotated is None or not sample.annotated.any():
        return None
    # Uncorrected nuclei are not annotated, but show how large nuclei are.
    return replace(sample, labels=painted) if unpainted == CORRECTIONS_ONLY else sample


def plane_labels(source: ImageSource, labels: Any) -> NDArray[np.int32] | None:
    """Return the labels of one plane of an image.

    Parameters
    ----------
    source : ImageSource
        A plane of an image.
    labels : array-like of int
        Labels of the whole image.

    Returns
    -------
    ndarray of int32, shape (Y, X), optional
        None if the labels do not fit the image.
    """
    axes = [source.layout.axes.index(axis) for axis in source.layout.label_axes]
    region = tuple(slice(*source.box[axis]) for axis in axes)
    if labels.ndim != len(region):
        return None
    cropped = np.asarray(labels[region], np.int32)
    if cropped.shape != source.layout.label_shape:
        return None
    (plane,) = source.layout.label_planes(cropped)
    return plane
