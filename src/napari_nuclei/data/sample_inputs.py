"""Make samples from arrays, pairs of arrays, folders and data sets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.datasets import Sample, read_dataset
from napari_nuclei.data.layouts import find_splits
from napari_nuclei.data.masks import labels_from_mask
from napari_nuclei.data.paths import TrainingPaths
from napari_nuclei.model.store import ANNOTATIONS_FILE

ImageLabelPair = tuple[ArrayLike, ArrayLike]
"""An image, (Y, X) or (Y, X, C), and its labels, (Y, X)."""

SampleData = (
    str
    | Path
    | Sample
    | Sequence[Sample | ImageLabelPair]
    | tuple[ArrayLike | Sequence[ArrayLike], ArrayLike | Sequence[ArrayLike]]
)
"""What `as_samples` accepts."""

ACCEPTED = (
    "a path, a Sample, (images, labels), or a list of Samples or (image, labels) pairs"
)


def as_samples(
    data: SampleData,
    *,
    split: str | None = None,
    title: str = "image",
    progress: Progress | None = None,
) -> list[Sample]:
    """Convert annotated images in any form to samples.

    Parameters
    ----------
    data : path, Sample, arrays or sequence
        One of these:

        - the path of a data set, see `read_dataset`, or of an annotations.npz;
        - a Sample, or a sequence of Samples and (image, labels) pairs;
        - a tuple (images, labels) of one image of shape (Y, X) or (Y, X, C) and its
          labels of shape (Y, X), of stacks of these, (N, ...), or of sequences.

        Labels of two values are binary masks: each connected component is a nucleus.
    split : {"train", "val", "test"}, optional
        The folder to read if a data set has folders of these names.
    title : str
        Arrays get the names "<title> 1", "<title> 2" and so on.
    progress : callable, optional
        Called with (done, total) after each file.

    Returns
    -------
    list of Sample

    Raises
    ------
    OSError
        If a path cannot be read.
    TypeError
        If `data` has none of these forms.
    ValueError
        If image and labels do not fit each other, or a path is not a data set.

    Examples
    --------
    >>> images, labels = np.zeros((3, 32, 32)), np.zeros((3, 32, 32), np.int32)
    >>> [sample.name for sample in as_samples((images, labels))]
    ['image 1', 'image 2', 'image 3']
    """
    if isinstance(data, str | Path):
        return _read_samples(Path(data).expanduser(), split, progress)
    if isinstance(data, Sample):
        return [data]
    if isinstance(data, tuple) and len(data) == 2 and all(map(_is_images, data)):
        data = _pair_arrays(*data)
    if not isinstance(data, Sequence):
        raise TypeError(f"Annotated images must be {ACCEPTED}; got {_type_name(data)}")
    return [
        item if isinstance(item, Sample) else _sample_from_pair(item, f"{title} {n}")
        for n, item in enumerate(data, 1)
    ]


def as_training_samples(
    data: SampleData,
    validation: SampleData | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[list[Sample], list[Sample] | None]:
    """Convert the data of a training to training and validation samples.

    Parameters
    ----------
    data : path, Sample, arrays or sequence
        See `as_samples`. If a data set has the folders train and val, train is read.
    validation : path, Sample, arrays or sequence, optional
        None uses the folder val of the data set `data`, or the held-out samples of an
        annotations.npz, if there are any.
    progress : callable, optional
        Called with (done, total) after each file.

    Returns
    -------
    samples : list of Sample
    validation : list of Sample, optional
        None if there is no validation set.

    Raises
    ------
    OSError, TypeError, ValueError
        See `as_samples`.
    """
    if isinstance(data, str | Path) and validation is None:
        return TrainingPaths(Path(data).expanduser()).read(progress)
    samples = as_samples(data, split="train", progress=progress)
    if validation is None:
        return samples, None
    return samples, as_samples(
        validation, split="val", title="validation image", progress=progress
    )


def _read_samples(
    path: Path, split: str | None, progress: Progress | None
) -> list[Sample]:
    if path.name == ANNOTATIONS_FILE:
        training, held_out = read_annotations(path)
        parts = {"train": training, "val": held_out}
        return parts.get(split or "", [*training, *held_out])
    folder = find_splits(path).get(split, path) if split else path
    return read_dataset(folder, progress=progress)


def _is_images(data: object) -> bool:
    """Return whether data is an array or a list of arrays."""
    return hasattr(data, "shape") or (
        isinstance(data, list) and all(hasattr(item, "shape") for item in data)
    )


def _pair_arrays(images: Any, labels: Any) -> list[ImageLabelPair]:
    """Pair images with labels; a single image and its labels make one pair."""
    if hasattr(labels, "shape") and len(labels.shape) == 2:
        return [(images, labels)]
    if len(images) != len(labels):
        raise ValueError(
            "There must be labels for each image; got "
            f"{len(images)} images and {len(labels)} labels"
        )
    return list(zip(images, labels, strict=True))


def _sample_from_pair(pair: Any, name: str) -> Sample:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise TypeError(
            f"Annotated images must be {ACCEPTED}; {name} is {_type_name(pair)}"
        )
    image: NDArray[Any]
    image, mask = (np.asarray(part) for part in pair)
    if mask.ndim != 2 or image.ndim not in (2, 3):
        raise ValueError(
            f"{name}: An image must have the shape (Y, X) or (Y, X, C) and its labels "
            f"(Y, X); got {image.shape} and {mask.shape}"
        )
    try:
        labels = labels_from_mask(mask)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    return Sample(name, image, labels)


def _type_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix(
        "builtins."
    )
