"""Make samples from images and labels that are arrays or paths of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nuclei.core.measure.counts import counted
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.masks import convert_mask
from napari_nuclei.data.pairs import read_pairs
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS

ImageLabelPair = tuple[ArrayLike | str | Path, ArrayLike | str | Path]
"""An image, (Y, X) or (Y, X, C), and its labels, (Y, X); or the paths of both."""

ACCEPTED = (
    "a path, a Sample, (images, labels), or a list of Samples or (image, labels) pairs"
)


def is_images(data: object) -> bool:
    """Return whether data is an array or a list of arrays."""
    return hasattr(data, "shape") or (
        isinstance(data, list) and all(hasattr(item, "shape") for item in data)
    )


def pair_arrays(images: Any, labels: Any) -> list[ImageLabelPair]:
    """Pair images with labels; a single image and its labels make one pair."""
    if hasattr(labels, "shape") and hasattr(images, "shape"):
        shape = tuple(labels.shape)
        single = (
            len(shape) == 3 and shape[2] == 1 and tuple(images.shape[:2]) == shape[:2]
        )
        if len(shape) == 2 or (single and len(images.shape) < 4):
            return [(images, labels)]
    if len(images) != len(labels):
        raise ValueError(
            "There must be labels for each image; got "
            f"{counted(len(images), 'image')} and {counted(len(labels), 'label')}"
        )
    return list(zip(images, labels, strict=True))


def sample_from_pair(pair: Any, name: str, max_pixels: int = MAX_PIXELS) -> Sample:
    """Return a sample of an image and its labels, as arrays or as paths."""
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise TypeError(
            f"Annotated images must be {ACCEPTED}; {name} is {type_name(pair)}"
        )
    if all(isinstance(part, str | Path) for part in pair):
        (sample,) = read_pairs(*pair, max_pixels=max_pixels)
        return sample
    image: NDArray[Any]
    image, mask = (np.asarray(part) for part in pair)
    if mask.ndim == 3 and mask.shape[2] == 1:
        mask = mask[..., 0]
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    if mask.ndim != 2 or image.ndim not in (2, 3):
        raise ValueError(
            f"{name}: An image must have the shape (Y, X) or (Y, X, C) and its labels "
            f"(Y, X); got {image.shape} and {mask.shape}"
        )
    try:
        converted = convert_mask(mask)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    return Sample(name, image, converted.labels, mask_kind=converted.kind)


def type_name(value: object) -> str:
    """Return the name of the type of a value, with its module.

    Examples
    --------
    >>> type_name(np.zeros(3)), type_name(3)
    ('numpy.ndarray', 'int')
    """
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix(
        "builtins."
    )
