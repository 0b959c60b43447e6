"""Find the training and validation images of several data sets, without reading them.

Memory and the time to start then do not grow with the number of images.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.dataset_info import DatasetInfo, read_dataset_info
from napari_nuclei.data.image_lists import read_ids
from napari_nuclei.data.layouts import find_splits
from napari_nuclei.data.sample import Sample
from napari_nuclei.data.sample_files import SampleFile, open_folder
from napari_nuclei.data.weighted_paths import WeightedPath
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS

TRAIN_LIST, VAL_LIST = "train_ids.txt", "val_ids.txt"
"""Lists of image names in the folder of a data set, or beside its zip file."""

PROBE_IMAGES = 128
"""Number of training images that are read before training, at most. The diameter, the
kinds and the numbers of nuclei are estimated from them."""

MAX_HELD_OUT = 128
"""Number of validation images, at most; scores of more hardly differ."""


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """The images of one data set.

    Attributes
    ----------
    info : DatasetInfo
    weight : float
        How often its images are drawn, relative to the other data sets.
    training, validation : list of SampleFile
    """

    info: DatasetInfo
    weight: float
    training: list[SampleFile]
    validation: list[SampleFile]


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """The images of all data sets of a training run.

    Attributes
    ----------
    sets : list of TrainingSet
        Their names differ.
    """

    sets: list[TrainingSet]

    @property
    def training(self) -> list[SampleFile]:
        """The training images of all data sets."""
        return [file for training_set in self.sets for file in training_set.training]

    @property
    def datasets(self) -> list[str]:
        """The name of the data set of each training image."""
        return [
            training_set.info.name
            for training_set in self.sets
            for _ in training_set.training
        ]

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each data set."""
        return {
            training_set.info.name: training_set.weight for training_set in self.sets
        }

    def choose_probe(self, seed: int) -> list[int]:
        """Choose the training images to read before training, evenly from all sets.

        Returns
        -------
        list of int
            Indices of at most `PROBE_IMAGES` of `training`, in order.
        """
        return choose_evenly(self.datasets, PROBE_IMAGES, seed)

    def read_validation(
        self, seed: int, progress: Progress | None = None
    ) -> list[Sample] | None:
        """Read the validation images, at most `MAX_HELD_OUT`; None if there are none.

        Raises
        ------
        OSError, ValueError
            If an image or its mask cannot be read.
        """
        files = [file for training_set in self.sets for file in training_set.validation]
        datasets = [
            training_set.info.name
            for training_set in self.sets
            for _ in training_set.validation
        ]
        chosen = choose_evenly(datasets, MAX_HELD_OUT, seed)
        return read_files([files[n] for n in chosen], progress) or None

    def hold_out(self, fraction: float, seed: int) -> TrainingFiles:
        """Return the data with some training images of each set held out.

        Parameters
        ----------
        fraction : float
            Approximate fraction of the images of each data set, 0 to 1.
        seed : int
        """
        rng = np.random.default_rng(seed)
        sets = []
        for training_set in self.sets:
            count = min(
                max(round(fraction * len(training_set.training)), 1), MAX_HELD_OUT
            )
            if len(training_set.training) < 2:
                count = 0
            held_out = set(rng.permutation(len(training_set.training))[:count].tolist())
            parts: dict[bool, list[SampleFile]] = {True: [], False: []}
            for number, file in enumerate(training_set.training):
                parts[number in held_out].append(file)
            sets.append(
                replace(training_set, training=parts[False], validation=parts[True])
            )
        return TrainingFiles(sets)


def read_files(
    files: Sequence[SampleFile], progress: Progress | None = None
) -> list[Sample]:
    """Read samples; each gets the name of its file."""
    samples: list[Sample] = []
    for file in files:
        samples.append(replace(file.read(), name=file.name))
        if progress:
            progress(len(samples), len(files))
    return samples


def choose_evenly(groups: Sequence[Hashable], count: int, seed: int) -> list[int]:
    """Choose items at random, evenly from all groups.

    Parameters
    ----------
    groups : sequence of str or int
        Group of each item.
    count : int
        Number of items to choose; all if there are fewer.
    seed : int

    Returns
    -------
    list of int
        Indices of the chosen items, in order. The numbers chosen from two groups differ
        by at most one, unless a group has no more items.

    Examples
    --------
    >>> chosen = choose_evenly(["a"] * 90 + ["b"] * 10, 20, seed=0)
    >>> len(chosen), sum(index >= 90 for index in chosen)
    (20, 10)
    """
    order: list[tuple[int, int, int]] = []
    chosen_of_group: Counter[Hashable] = Counter()
    for index in np.random.default_rng(seed).permutation(len(groups)).tolist():
        order.append((chosen_of_group[groups[index]], len(order), index))
        chosen_of_group[groups[index]] += 1
    return sorted(index for _, _, index in sorted(order)[:count])


def open_training_files(
    paths: Sequence[WeightedPath],
    *,
    ids: Path | None = None,
    validation: Path | None = None,
    val_ids: Path | None = None,
    max_pixels: int = MAX_PIXELS,
) -> TrainingFiles:
    """Find the training and validation images of data sets.

    The validation images are in `validation`. If it is None, they are the part val of
    each data set, or the images that its file `VAL_LIST` names.

    Parameters
    ----------
    paths : sequence of WeightedPath
        Data sets, see `read_dataset`.
    ids, val_ids : Path, optional
        Lists of image names in place of `TRAIN_LIST` and `VAL_LIST`, for one data set.
    validation : Path, optional
        A data set with validation images.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.

    Raises
    ------
    OSError
        If a path does not exist.
    ValueError
        If a path is not a data set, or an image is in both lists.
    """
    if len(paths) > 1 and (ids or (val_ids and not validation)):
        raise ValueError(
            "Image names (ids, val_ids) select images of one data set; for several, "
            f"put a file {TRAIN_LIST} and a file {VAL_LIST} into each"
        )
    sets: list[TrainingSet] = []
    for path in paths:
        opened = open_training_set(
            path, ids, None if validation else val_ids, max_pixels
        )
        name = unique_name(
            opened.info.name, [training_set.info.name for training_set in sets]
        )
        opened = replace(opened, info=replace(opened.info, name=name))
        sets.append(with_set_names(opened) if len(paths) > 1 else opened)
    if validation:
        sets = [replace(training_set, validation=[]) for training_set in sets]
        validation_names = None if val_ids is None else set(read_ids(val_ids))
        part = find_splits(validation).get("val", validation)
        sets[0] = replace(
            sets[0],
            validation=open_folder(part, validation_names, max_pixels=max_pixels),
        )
    return TrainingFiles(sets)


def open_training_set(
    path: WeightedPath,
    ids: Path | None = None,
    val_ids: Path | None = None,
    max_pixels: int = MAX_PIXELS,
) -> TrainingSet:
    """Find the training and validation images of one data set.

    Its parts train and val are used, or its lists of names, or all images for training.
    """
    folder = path.path if path.path.is_dir() else path.path.parent
    train_list, val_list = (
        given or (folder / name if (folder / name).is_file() else None)
        for given, name in ((ids, TRAIN_LIST), (val_ids, VAL_LIST))
    )
    splits = find_splits(path.path)
    source = splits.get("train", path.path)
    val_source = splits.get("val", source if val_list else None)
    names = None if train_list is None else set(read_ids(train_list))
    val_names = None if val_list is None else set(read_ids(val_list))
    if names and val_names and names & val_names:
        raise ValueError(
            f"{train_list} and {val_list} have images in common, "
            f"such as {min(names & val_names)}; remove them from one"
        )
    find = partial(open_folder, max_pixels=max_pixels)
    training = find(source, names)
    if names is None and val_names is not None and val_source == source:
        training = [file for file in training if file.name not in val_names]
    validation = [] if val_source is None else find(val_source, val_names)
    return TrainingSet(read_dataset_info(path.path), path.weight, training, validation)


def unique_name(name: str, taken: Sequence[str]) -> str:
    """Return a name that is not taken, with a number if needed."""
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name} {number}", number + 1
    return unique


def with_set_names(training_set: TrainingSet) -> TrainingSet:
    """Return a data set whose images have its name before their own."""
    parts = (
        [replace(file, name=f"{training_set.info.name}/{file.name}") for file in files]
        for files in (training_set.training, training_set.validation)
    )
    training, validation = parts
    return replace(training_set, training=training, validation=validation)
