"""Training samples from image layers and the labels painted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.corrections import find_corrections
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import hold_out
from napari_nuclei.widgets.layers.image_source import ImageSource

UNPAINTED_IS_BACKGROUND = "everything is annotated"
BACKGROUND_IN_BOXES = "all inside the boxes is annotated"
IGNORE_UNPAINTED = "what I did not paint is unknown"
CORRECTIONS_ONLY = "only my corrections count"
UNPAINTED_MODES = (
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
    BACKGROUND_IN_BOXES,
    CORRECTIONS_ONLY,
)
"""What unpainted pixels mean, as the user chooses it."""

METADATA_KEY, PREDICTION = "napari_nuclei", "prediction"
"""Where a layer's metadata remember the labels as they were predicted."""


@dataclass(frozen=True, slots=True)
class AnnotatedImage:
    """An image and what was painted on it, fixed when Train is pressed.

    Attributes
    ----------
    source : ImageSource
    labels : array-like of int
        The shape of the source without its channels.
    metadata : dict
        Of the layer of labels.
    boxes : ndarray of bool, shape (Y, X), optional
        Inside of the boxes.
    background : int
        The label with which background was painted, where the rest is unknown; 0 for
        none.
    """

    source: ImageSource
    labels: Any
    metadata: dict[str, Any]
    boxes: Any = None
    background: int = 0


def read_annotated_planes(pair: AnnotatedImage, unpainted: str) -> list[Sample]:
    """Return the planes of a pair on which something is painted.

    A plane without labels is taken for one that nobody has annotated yet, not for one
    without nuclei.

    Parameters
    ----------
    pair : AnnotatedImage
    unpainted : str
        One of `UNPAINTED_MODES`.

    Raises
    ------
    ValueError
        If the shapes differ, nothing is painted, or what the meaning needs is missing.
    """
    source, shape = pair.source, pair.source.layout.label_shape
    if tuple(pair.labels.shape) != shape:
        raise ValueError(
            f"{source.name}: the labels must have the image's shape {shape}; got "
            f"{tuple(pair.labels.shape)}"
        )
    if unpainted == BACKGROUND_IN_BOXES and (
        pair.boxes is None or not pair.boxes.any()
    ):
        raise ValueError(
            f"{source.name}: draw boxes in a Shapes layer around what is annotated"
        )
    predicted = pair.metadata.get(METADATA_KEY, {}).get(PREDICTION)
    if unpainted == CORRECTIONS_ONLY and (
        predicted is None or predicted.shape != shape
    ):
        raise ValueError(
            f"{source.name}: the labels remember no prediction; correct a layer that "
            "Segment nuclei has made"
        )
    samples = []
    for place in source.layout.plane_indices():
        # A copy: the user may go on painting while the network trains.
        painted = np.array(pair.labels[place], np.int32)
        if not painted.any():
            continue
        name = " ".join([source.name, *(str(number) for number in place)])
        sample = Sample(name, source.layout.read_plane(source.data, place), painted)
        before = None if predicted is None else np.asarray(predicted[place], np.int32)
        sample = apply_unpainted_mode(sample, unpainted, pair, before)
        if sample.annotated is None or sample.annotated.any():
            samples.append(sample)
    if not samples:
        what = "corrected" if unpainted == CORRECTIONS_ONLY else "painted"
        raise ValueError(
            f"{source.name}: nothing is {what} in the labels; paint some nuclei first"
        )
    return samples


def apply_unpainted_mode(
    sample: Sample,
    unpainted: str,
    pair: AnnotatedImage,
    predicted: NDArray[np.int32] | None,
) -> Sample:
    """Say what is known of a painted plane.

    Parameters
    ----------
    sample : Sample
        The plane and all that is painted on it.
    unpainted : str
        One of `UNPAINTED_MODES`.
    pair : AnnotatedImage
        Of which it is a plane.
    predicted : ndarray of int32, shape (Y, X), optional
        The labels as they were predicted; needed where only corrections count.
    """
    if unpainted == IGNORE_UNPAINTED:
        return ignore_unpainted(sample, background=pair.background)
    if unpainted == BACKGROUND_IN_BOXES:
        return ignore_unpainted(replace(sample, annotated=pair.boxes), margin=1)
    if unpainted == CORRECTIONS_ONLY and predicted is not None:
        edits = find_corrections(predicted, sample.labels)
        return replace(sample, labels=edits.labels, annotated=edits.annotated)
    return sample


def read_plane_annotation(pair: AnnotatedImage, unpainted: str) -> Sample | None:
    """Return what is annotated on one plane, and where.

    Parameters
    ----------
    pair : AnnotatedImage
        Its source is one plane of an image; the labels are those of the whole image.
    unpainted : str
        One of `UNPAINTED_MODES`.

    Returns
    -------
    Sample, optional
        `annotated` is where nothing is left to annotate, `labels` are all nuclei;
        it has no pixels. None where the labels do not fit the image, or hold no
        annotation.
    """
    source = pair.source
    painted = slice_labels(source, pair.labels)
    predicted = pair.metadata.get(METADATA_KEY, {}).get(PREDICTION)
    before = None if predicted is None else slice_labels(source, predicted)
    if painted is None or (unpainted == CORRECTIONS_ONLY and before is None):
        return None
    if unpainted == UNPAINTED_IS_BACKGROUND or (
        unpainted == BACKGROUND_IN_BOXES and pair.boxes is None
    ):
        unpainted, pair = (
            IGNORE_UNPAINTED,
            replace(pair, background=0),
        )  # it is being annotated
    # Of the image only its shape is asked for: it may be slow to read.
    whole = Sample(source.name, painted, painted)
    sample = apply_unpainted_mode(whole, unpainted, pair, before)
    if sample.annotated is None or not sample.annotated.any():
        return None
    # Nuclei that nobody corrected are no annotation, but tell the size.
    return replace(sample, labels=painted) if unpainted == CORRECTIONS_ONLY else sample


def slice_labels(source: ImageSource, labels: Any) -> NDArray[np.int32] | None:
    """Return the plane of labels that lies on one plane of an image.

    Parameters
    ----------
    source : ImageSource
        A plane of an image.
    labels : array-like of int
        Of the whole image.

    Returns
    -------
    ndarray of int32, shape (Y, X), optional
        None where the labels do not fit the image.
    """
    axes = [source.layout.axes.index(axis) for axis in source.layout.label_axes]
    region = tuple(slice(*source.box[axis]) for axis in axes)
    if labels.ndim != len(region):
        return None
    part = np.asarray(labels[region], np.int32)
    if part.shape != source.layout.label_shape:
        return None
    (plane,) = source.layout.label_planes(part)
    return plane


def split_samples(
    pairs: Sequence[AnnotatedImage],
    unpainted: str,
    config: TrainConfig,
    held_out: Sequence[AnnotatedImage] = (),
) -> tuple[list[Sample], list[Sample]]:
    """Return the samples of all pairs, and those to check a model on.

    Parameters
    ----------
    pairs : sequence of AnnotatedImage
    unpainted : str
        One of `UNPAINTED_MODES`, for all of them.
    config : TrainConfig
    held_out : sequence of AnnotatedImage, optional
        To check the model on; a part of `pairs` if there is none.

    Raises
    ------
    ValueError
        As of `read_annotated_planes` and `hold_out`; or if a pair is for both.
    """
    samples, groups = collect_samples(pairs, unpainted)
    if not held_out:
        return hold_out(samples, config.val_fraction, config.seed, groups)
    for one in pairs:
        if any(one.source.data is other.source.data for other in held_out):
            raise ValueError(
                f"{one.source.name} is learnt from; check the model on another image, "
                "or have a part of this one held out"
            )
    checked, _ = collect_samples(held_out, unpainted)
    return samples, [replace(x, name=f"{x.name} (held out)") for x in checked]


def collect_samples(
    pairs: Sequence[AnnotatedImage], unpainted: str
) -> tuple[list[Sample], list[int]]:
    """Return the samples of pairs, with the number of the pair of each."""
    samples: list[Sample] = []
    groups: list[int] = []
    for number, pair in enumerate(pairs):
        some = read_annotated_planes(pair, unpainted)
        if len(pairs) > 1:
            some = [replace(x, name=f"{number + 1} {x.name}") for x in some]
        samples += some
        groups += [number] * len(some)
    return samples, groups
