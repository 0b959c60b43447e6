"""Training samples from image layers and the labels painted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.corrections import corrections
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.sparse_labels import painted_only
from napari_nuclei.data.split import hold_out
from napari_nuclei.widgets.layers.image_source import Source

ALL = "everything is annotated"
BOXES = "all inside the boxes is annotated"
PAINTED = "what I did not paint is unknown"
EDITS = "only my corrections count"
MEANINGS = (PAINTED, ALL, BOXES, EDITS)
"""What unpainted pixels mean, as the user chooses it."""

RECORD, PREDICTION = "napari_nuclei", "prediction"
"""Where a layer's metadata remember the labels as they were predicted."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An image and what was painted on it, fixed when Train is pressed.

    Attributes
    ----------
    source : Source
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

    source: Source
    labels: Any
    metadata: dict[str, Any]
    boxes: Any = None
    background: int = 0


def pair_samples(pair: Pair, meaning: str) -> list[Sample]:
    """Return the planes of a pair on which something is painted.

    A plane without labels is taken for one that nobody has annotated yet, not for one
    without nuclei.

    Parameters
    ----------
    pair : Pair
    meaning : str
        One of `MEANINGS`.

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
    if meaning == BOXES and (pair.boxes is None or not pair.boxes.any()):
        raise ValueError(
            f"{source.name}: draw boxes in a Shapes layer around what is annotated"
        )
    predicted = pair.metadata.get(RECORD, {}).get(PREDICTION)
    if meaning == EDITS and (predicted is None or predicted.shape != shape):
        raise ValueError(
            f"{source.name}: the labels remember no prediction; correct a layer that "
            "Segment nuclei has made"
        )
    samples = []
    for place in source.layout.planes():
        # A copy: the user may go on painting while the network trains.
        painted = np.array(pair.labels[place], np.int32)
        if not painted.any():
            continue
        name = " ".join([source.name, *(str(number) for number in place)])
        sample = Sample(name, source.layout.read(source.data, place), painted)
        before = None if predicted is None else np.asarray(predicted[place], np.int32)
        sample = as_meant(sample, meaning, pair, before)
        if sample.known is None or sample.known.any():
            samples.append(sample)
    if not samples:
        what = "corrected" if meaning == EDITS else "painted"
        raise ValueError(
            f"{source.name}: nothing is {what} in the labels; paint some nuclei first"
        )
    return samples


def as_meant(
    sample: Sample, meaning: str, pair: Pair, predicted: NDArray[np.int32] | None
) -> Sample:
    """Say what is known of a painted plane.

    Parameters
    ----------
    sample : Sample
        The plane and all that is painted on it.
    meaning : str
        One of `MEANINGS`.
    pair : Pair
        Of which it is a plane.
    predicted : ndarray of int32, shape (Y, X), optional
        The labels as they were predicted; needed where only corrections count.
    """
    if meaning == PAINTED:
        return painted_only(sample, background=pair.background)
    if meaning == BOXES:
        return painted_only(replace(sample, known=pair.boxes), margin=1)
    if meaning == EDITS and predicted is not None:
        edits = corrections(predicted, sample.labels)
        return replace(sample, labels=edits.labels, known=edits.known)
    return sample


def annotated_on(pair: Pair, meaning: str) -> Sample | None:
    """Return what is annotated on one plane, and where.

    Parameters
    ----------
    pair : Pair
        Its source is one plane of an image; the labels are those of the whole image.
    meaning : str
        One of `MEANINGS`.

    Returns
    -------
    Sample, optional
        Its `known` is where nothing is left to annotate, its `labels` are all nuclei;
        it has no pixels. None where the labels do not fit the image, or hold no
        annotation.
    """
    source = pair.source
    painted = plane_of(source, pair.labels)
    predicted = pair.metadata.get(RECORD, {}).get(PREDICTION)
    before = None if predicted is None else plane_of(source, predicted)
    if painted is None or (meaning == EDITS and before is None):
        return None
    if meaning == ALL or (meaning == BOXES and pair.boxes is None):
        meaning, pair = PAINTED, replace(pair, background=0)  # it is being annotated
    # Of the image only its shape is asked for: it may be slow to read.
    whole = Sample(source.name, painted, painted)
    sample = as_meant(whole, meaning, pair, before)
    if sample.known is None or not sample.known.any():
        return None
    # Nuclei that nobody corrected are no annotation, but tell the size.
    return replace(sample, labels=painted) if meaning == EDITS else sample


def plane_of(source: Source, labels: Any) -> NDArray[np.int32] | None:
    """Return the plane of labels that lies on one plane of an image.

    Parameters
    ----------
    source : Source
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
    (plane,) = source.layout.read_labels(part)
    return plane


def divided(
    pairs: Sequence[Pair],
    meaning: str,
    config: TrainConfig,
    held_out: Sequence[Pair] = (),
) -> tuple[list[Sample], list[Sample]]:
    """Return the samples of all pairs, and those to check a model on.

    Parameters
    ----------
    pairs : sequence of Pair
    meaning : str
        One of `MEANINGS`, for all of them.
    config : TrainConfig
    held_out : sequence of Pair, optional
        To check the model on; a part of `pairs` if there is none.

    Raises
    ------
    ValueError
        As of `pair_samples` and `hold_out`; or if a pair is for both.
    """
    samples, groups = numbered(pairs, meaning)
    if not held_out:
        return hold_out(samples, config.val_fraction, config.seed, groups)
    for one in pairs:
        if any(one.source.data is other.source.data for other in held_out):
            raise ValueError(
                f"{one.source.name} is learnt from; check the model on another image, "
                "or have a part of this one held out"
            )
    checked, _ = numbered(held_out, meaning)
    return samples, [replace(x, name=f"{x.name} (held out)") for x in checked]


def numbered(pairs: Sequence[Pair], meaning: str) -> tuple[list[Sample], list[int]]:
    """Return the samples of pairs, with the number of the pair of each."""
    samples: list[Sample] = []
    groups: list[int] = []
    for number, pair in enumerate(pairs):
        some = pair_samples(pair, meaning)
        if len(pairs) > 1:
            some = [replace(x, name=f"{number + 1} {x.name}") for x in some]
        samples += some
        groups += [number] * len(some)
    return samples, groups
