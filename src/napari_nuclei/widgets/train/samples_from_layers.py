"""Read training samples from image layers and the labels painted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.corrected_nuclei import find_corrections
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import hold_out
from napari_nuclei.data.split_parts import add_unchecked_nuclei
from napari_nuclei.widgets.train.annotated_image import (
    AnnotatedImage,
    numbered,
    plane_names,
)
from napari_nuclei.widgets.train.number_patches import check_numbers

IGNORE_UNPAINTED = "ignore"
UNPAINTED_IS_BACKGROUND = "background"
BACKGROUND_IN_BOXES = "background inside boxes"
CORRECTIONS_ONLY = "only my corrections"
UNPAINTED_MODES = (
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
    BACKGROUND_IN_BOXES,
    CORRECTIONS_ONLY,
)
"""What training assumes about unpainted areas, as the dock shows it."""


def read_annotated_planes(pair: AnnotatedImage, unpainted: str) -> list[Sample]:
    """Read the planes of an image that have painted labels.

    A plane without labels counts as not annotated yet, not as a plane without nuclei,
    unless the user deleted nuclei there.

    Parameters
    ----------
    pair : AnnotatedImage
    unpainted : str
        One of `UNPAINTED_MODES`.

    Returns
    -------
    list of Sample
        One sample per painted plane.

    Raises
    ------
    ValueError
        If the shapes of image and labels differ, nothing is painted, or `unpainted`
        needs boxes or a prediction that `pair` lacks.
    SharedNumberError
        If most nuclei share their number with others.
    """
    check_pair(pair, unpainted)
    source, prediction = pair.source, pair.prediction
    samples = []
    for name, plane_index in plane_names(source):
        # A copy: the user may continue to paint while the network trains.
        painted = np.array(pair.labels[plane_index], np.int32)
        predicted = None
        if prediction is not None:
            predicted = np.asarray(prediction[plane_index], np.int32)
        deleted = unpainted == CORRECTIONS_ONLY and np.any(predicted)
        if not painted.any() and not deleted:
            continue
        image = source.layout.read_plane(source.data, plane_index)
        sample = apply_unpainted_mode(
            Sample(name, image, painted), unpainted, pair, predicted
        )
        if sample.annotated is None or sample.annotated.any():
            check_numbers(sample.labels, pair.layer, pair.plane_axes)
            samples.append(sample)
    if not samples and unpainted == CORRECTIONS_ONLY:
        raise ValueError(
            f"The labels of {source.name} are as Segment nuclei made them; correct "
            "some nuclei first"
        )
    if not samples:
        raise ValueError(
            f"No nuclei are painted on {source.name}. Paint at least two nuclei, each "
            "with its own number"
        )
    return samples


def check_pair(pair: AnnotatedImage, unpainted: str) -> None:
    """Raise ValueError if an image lacks what the mode for unpainted areas needs."""
    source, shape = pair.source, pair.source.layout.label_shape
    if tuple(pair.labels.shape) != shape:
        raise ValueError(
            f"The labels for {source.name} must have the shape of the image, {shape}; "
            f"got {tuple(pair.labels.shape)}"
        )
    has_boxes = pair.boxes is not None and pair.boxes.any()
    if unpainted == BACKGROUND_IN_BOXES and not has_boxes:
        raise ValueError(
            "Draw boxes in a Shapes layer around the areas that you painted completely"
        )
    has_prediction = pair.prediction is not None and pair.prediction.shape == shape
    if unpainted == CORRECTIONS_ONLY and not has_prediction:
        raise ValueError(
            "This layer was not made by Segment nuclei; choose the labels that it made "
            f"for {source.name}, and correct them"
        )


def apply_unpainted_mode(
    sample: Sample,
    unpainted: str,
    pair: AnnotatedImage,
    predicted: NDArray[np.int32] | None,
) -> Sample:
    """Set the annotated mask of a painted plane.

    Parameters
    ----------
    sample : Sample
        The plane and everything painted on it.
    unpainted : str
        One of `UNPAINTED_MODES`.
    pair : AnnotatedImage
        Image that the plane belongs to; gives boxes and background label.
    predicted : ndarray of int32, shape (Y, X), optional
        Labels before the user's corrections; needed for `CORRECTIONS_ONLY`.

    Returns
    -------
    Sample
        Its `labels` hold the nuclei to learn from.
    """
    if unpainted == IGNORE_UNPAINTED:
        return ignore_unpainted(sample, background=pair.background)
    if unpainted == BACKGROUND_IN_BOXES:
        return ignore_unpainted(replace(sample, annotated=pair.boxes), margin=1)
    if unpainted == CORRECTIONS_ONLY and predicted is not None:
        corrections = find_corrections(predicted, sample.labels, accepted=pair.accepted)
        return replace(
            sample, labels=corrections.labels, annotated=corrections.annotated
        )
    return sample


def split_samples(
    pairs: Sequence[AnnotatedImage],
    unpainted: str,
    config: TrainConfig,
    test_pairs: Sequence[AnnotatedImage] = (),
) -> tuple[list[Sample], list[Sample]]:
    """Return the training samples and the held-out samples.

    Parameters
    ----------
    pairs : sequence of AnnotatedImage
        Images to train on.
    unpainted : str
        One of `UNPAINTED_MODES`, for all images.
    config : TrainConfig
        Gives the held-out fraction and the seed.
    test_pairs : sequence of AnnotatedImage, optional
        Images to test on. Without them a part of `pairs` is held out; for
        `CORRECTIONS_ONLY` with the nuclei of this part that were not corrected.

    Returns
    -------
    training, held_out : list of Sample

    Raises
    ------
    ValueError
        If an image is in both, or for the reasons of `read_annotated_planes` and
        `hold_out`.
    """
    samples, groups = collect_samples(pairs, unpainted)
    if not test_pairs:
        training, held_out = hold_out(samples, config.val_fraction, config.seed, groups)
        if unpainted == CORRECTIONS_ONLY:
            held_out = include_unchecked_nuclei(training, held_out, pairs)
        return training, held_out
    for pair in pairs:
        if any(pair.source.data is test.source.data for test in test_pairs):
            raise ValueError(
                f"{pair.source.name} is a training image; test on another image, or "
                "on some of your nuclei"
            )
    held_out, _ = collect_samples(test_pairs, unpainted)
    return samples, [
        replace(sample, name=f"{sample.name} (held out)") for sample in held_out
    ]


def include_unchecked_nuclei(
    training: Sequence[Sample],
    held_out: Sequence[Sample],
    pairs: Sequence[AnnotatedImage],
) -> list[Sample]:
    """Return held-out corrections with the other nuclei near them.

    Parameters
    ----------
    training, held_out : sequence of Sample
        As returned by `hold_out`, of the corrections of `pairs`.
    pairs : sequence of AnnotatedImage
    """
    labels = {
        numbered(name, number, len(pairs)): np.array(pair.labels[index], np.int32)
        for number, pair in enumerate(pairs)
        for name, index in plane_names(pair.source)
    }
    of_training = {sample.name: sample for sample in training}
    names = [sample.name.removesuffix(" (held out)") for sample in held_out]
    return [
        add_unchecked_nuclei(
            sample, of_training.get(f"{name} (training)"), labels[name]
        )
        for sample, name in zip(held_out, names, strict=True)
    ]


def collect_samples(
    pairs: Sequence[AnnotatedImage], unpainted: str
) -> tuple[list[Sample], list[int]]:
    """Return the samples of all images, and the index of each sample's image.

    The names of samples start with the number of the image if there are several.
    """
    samples: list[Sample] = []
    groups: list[int] = []
    for index, pair in enumerate(pairs):
        planes = read_annotated_planes(pair, unpainted)
        samples += [
            replace(plane, name=numbered(plane.name, index, len(pairs)))
            for plane in planes
        ]
        groups += [index] * len(planes)
    return samples, groups
