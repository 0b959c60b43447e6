"""Make samples from arrays, pairs of arrays, folders and data sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.datasets import Sample, load_dataset, load_folder
from napari_nuclei.data.image_label_pairs import (
    ACCEPTED,
    ImageLabelPair,
    is_images,
    pair_arrays,
    sample_from_pair,
    type_name,
)
from napari_nuclei.data.layouts import SPLITS, find_splits
from napari_nuclei.data.mask_report import warn_about_masks
from napari_nuclei.data.pairs import read_pairs
from napari_nuclei.data.paths import TrainingPaths
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.model.store import ANNOTATIONS_FILE

SampleData = (
    str
    | Path
    | Sample
    | Sequence[Sample | ImageLabelPair]
    | tuple[ArrayLike | Sequence[ArrayLike], ArrayLike | Sequence[ArrayLike]]
    | tuple[str | Path, str | Path]
)
"""What `as_samples` accepts."""

PREFERRED_SPLITS = {
    "train": ("train", ""),
    "val": ("val",),
    "test": ("test", "val"),
}
"""Parts of a data set that stand in for a part, the first one that exists."""


def as_samples(
    data: SampleData,
    *,
    split: str | None = None,
    title: str = "image",
    max_pixels: int = MAX_PIXELS,
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
          labels of shape (Y, X) or (Y, X, 1), of stacks of these, (N, ...), of
          sequences, or of the paths of two files or folders.

        Labels of two values are binary masks: each connected part is a nucleus.
    split : {"train", "val", "test"}, optional
        The part to take if the samples come from several parts of a data set. Without
        a part test, val stands in for it.
    title : str
        Arrays get the names "<title> 1", "<title> 2" and so on.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    progress : callable, optional
        Called with (done, total) after each file.

    Returns
    -------
    list of Sample

    Raises
    ------
    OSError
        If a file cannot be read.
    TypeError
        If `data` has none of these forms.
    ValueError
        If image and labels do not fit each other, or a path is not a data set.

    Warns
    -----
    ImageWarning
        If masks are binary.

    Examples
    --------
    >>> import numpy as np
    >>> images, labels = np.zeros((3, 32, 32)), np.zeros((3, 32, 32), np.int32)
    >>> [sample.name for sample in as_samples((images, labels))]
    ['image 1', 'image 2', 'image 3']
    """
    if isinstance(data, str | Path):
        samples = read_samples(
            data, split=split, max_pixels=max_pixels, progress=progress
        )
        warn_about_masks(samples)
        return samples
    if isinstance(data, Sample):
        return [data]
    if isinstance(data, tuple) and len(data) == 2:
        if all(isinstance(part, str | Path) for part in data):
            samples = read_pairs(*data, max_pixels=max_pixels)
            warn_about_masks(samples)
            return samples
        if all(map(is_images, data)):
            data = pair_arrays(*data)
    if not isinstance(data, Sequence):
        raise TypeError(f"Annotated images must be {ACCEPTED}; got {type_name(data)}")
    samples, converted = [], []
    for number, item in enumerate(data, 1):
        if not isinstance(item, Sample):
            item = sample_from_pair(item, f"{title} {number}", max_pixels)
            converted.append(item)
        samples.append(item)
    warn_about_masks(converted)
    return select_split(samples, split)


def as_training_samples(
    data: SampleData,
    validation: SampleData | None = None,
    *,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> tuple[list[Sample], list[Sample] | None]:
    """Convert the data of a training run to training and validation samples.

    Parameters
    ----------
    data : path, Sample, arrays or sequence
        See `as_samples`. If the samples come from several parts of a data set, train
        is used for training.
    validation : path, Sample, arrays or sequence, optional
        None uses the part val of the data set `data`, or the held-out samples of an
        annotations.npz, if there are any.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
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

    Warns
    -----
    ImageWarning
        If masks are binary, or samples of the part test are left out.
    """
    if isinstance(data, str | Path) and validation is None:
        paths = TrainingPaths(Path(data).expanduser(), max_pixels=max_pixels)
        samples, held_out = paths.read(progress)
        warn_about_masks([*samples, *(held_out or ())])
        return samples, held_out
    everything = as_samples(data, max_pixels=max_pixels, progress=progress)
    if isinstance(data, str | Path):
        everything = select_split(everything, "train")
    samples = select_split(everything, "train")
    left_out = len([sample for sample in everything if sample.split == "test"])
    if len(samples) < len(everything) and left_out:
        warn_user(
            f"Not trained on: {counted(left_out, 'image')} of the part test",
            ImageWarning,
        )
    if validation is not None:
        return samples, as_samples(
            validation,
            split="val",
            title="validation image",
            max_pixels=max_pixels,
            progress=progress,
        )
    held_out = [sample for sample in everything if sample.split == "val"]
    mixed = len(samples) < len(everything)
    return samples, held_out if mixed and held_out else None


def read_samples(
    path: Path | str,
    *,
    split: str | None = None,
    ids: Iterable[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> list[Sample]:
    """Read a part of a data set or of an annotations.npz, without warnings.

    Parameters
    ----------
    path : str or path-like
    split : {"train", "val", "test"}, optional
        See `as_samples`.
    ids : iterable of str, optional
        Names of the images to read, from any part; None reads all of `split`.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    progress : callable, optional
        Called with (done, total) after each image.
    """
    path = Path(path).expanduser()
    if path.name == ANNOTATIONS_FILE and ids is None:
        training, held_out = read_annotations(path)
        parts = {"train": training, "val": held_out}
        return parts.get(split or "", [*training, *held_out])
    how: Any = {"max_pixels": max_pixels, "progress": progress}
    splits = find_splits(path)
    chosen = [name for name in PREFERRED_SPLITS.get(split or "", ()) if name in splits]
    if ids is None and chosen:
        samples = load_folder(splits[chosen[0]], None, **how)
        return [replace(sample, split=chosen[0]) for sample in samples]
    return list(load_dataset(path, ids=ids, **how))


def select_split(samples: Sequence[Sample], split: str | None) -> list[Sample]:
    """Return the samples of a part, if they come from several parts of a data set.

    Parameters
    ----------
    samples : sequence of Sample
    split : {"train", "val", "test"}, optional
        None returns all samples.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_nuclei import Sample
    >>> empty = np.zeros((4, 5), np.int32)
    >>> samples = [Sample(x, empty, empty, split=x) for x in ("train", "val")]
    >>> [sample.name for sample in select_split(samples, "test")]
    ['val']
    >>> [sample.name for sample in select_split(samples[:1], "test")]
    ['train']
    """
    present = {sample.split for sample in samples}
    if split is None or not present & set(SPLITS) or len(present) == 1:
        return list(samples)
    split_names = PREFERRED_SPLITS[split]
    if split != "train":
        split_names = next(
            ((name,) for name in split_names if name in present), tuple(present)
        )
    return [sample for sample in samples if sample.split in split_names]
