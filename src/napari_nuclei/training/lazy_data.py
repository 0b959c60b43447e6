"""Prepare a training run on data sets whose images are read when they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.sample import Sample
from napari_nuclei.data.training_files import (
    PROBE_IMAGES,
    TRAIN_LIST,
    VAL_LIST,
    TrainingFiles,
    open_training_files,
    read_files,
)
from napari_nuclei.data.weighted_paths import WeightedPath, parse_weighted_path
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.model.store import ANNOTATIONS_FILE
from napari_nuclei.training.epoch_length import MIN_STEPS, count_patches
from napari_nuclei.training.sampling.pyramid import SamplePyramid, build_pyramid
from napari_nuclei.training.sampling.source_pool import SourcePool
from napari_nuclei.training.sampling.source_weights import (
    SourceStatistics,
    dataset_weights,
)


@dataclass(frozen=True, slots=True)
class LazyData:
    """The images of a training run, of which only some have been read.

    Attributes
    ----------
    files : TrainingFiles
    probe : list of Sample
        The training images that have been read.
    held_out : list of Sample
        The validation images.
    indices : list of int
        Index of each sample of `probe` among the training images.
    """

    files: TrainingFiles
    probe: list[Sample]
    held_out: list[Sample]
    indices: list[int]

    @property
    def is_complete(self) -> bool:
        """Whether all training images have been read."""
        return len(self.probe) == len(self.files.training)

    def adapt(self, config: TrainConfig) -> TrainConfig:
        """Return the settings for all images, since only some have been read.

        The number of steps is set. Annotations are saved only if all have been read.
        """
        if self.is_complete:
            return config
        config = replace(config, keep_annotations=False)
        if config.steps is not None:
            return config
        share = len(self.files.training) / len(self.probe)
        patches = count_patches(self.probe, config) * share
        return replace(config, steps=max(MIN_STEPS, round(patches / config.batch)))

    def build_sources(self, config: TrainConfig) -> SourcePool:
        """Return the training images for drawing patches, with their weights."""
        read = dict(zip(self.indices, self.probe, strict=True))
        statistics: list[SourceStatistics | None] = [None] * len(self.files.training)
        for index, sample in read.items():
            pyramid = build_pyramid(sample, levels=1)
            statistics[index] = SourceStatistics.of(pyramid)

        def reader(index: int, load: Callable[[], Sample]) -> SamplePyramid:
            sample = read[index] if index in read else load()
            if config.unpainted == "ignore":
                sample = ignore_unpainted(sample)
            return build_pyramid(sample)

        readers = [
            lambda index=index, load=file.read: reader(index, load)
            for index, file in enumerate(self.files.training)
        ]
        weights = dataset_weights(statistics, self.files.datasets, self.files.weights)
        return SourcePool(readers, weights)

    def records(self) -> list[dict[str, Any]]:
        """Return what the model card says about each data set."""
        return [
            {
                "name": training_set.info.name,
                "images": len(training_set.training),
                "validation_images": len(training_set.validation),
                "weight": training_set.weight,
                "licence": training_set.info.licence or "not stated",
                "citation": training_set.info.citation or "not stated",
            }
            for training_set in self.files.sets
        ]


def read_lazily(files: TrainingFiles, config: TrainConfig) -> LazyData:
    """Read the validation images, and some of the training images.

    Parameters
    ----------
    files : TrainingFiles
        If no data set has validation images, some training images are held out.
    config : TrainConfig

    Raises
    ------
    OSError, ValueError
        If an image or its mask cannot be read.
    """
    held_out = files.read_validation(config.seed)
    if held_out is None:
        files = files.hold_out(config.val_fraction, config.seed)
        held_out = files.read_validation(config.seed) or []
    indices = files.choose_probe(config.seed)
    training = files.training
    probe = read_files([training[index] for index in indices])
    return LazyData(files, probe, held_out, indices)


def find_training_files(
    data: Any,
    validation: Any = None,
    *,
    ids: Path | None = None,
    val_ids: Path | None = None,
    max_pixels: int = MAX_PIXELS,
) -> TrainingFiles | None:
    """Return the files of data sets that should be read when they are drawn.

    Parameters
    ----------
    data
        What `train` gets. A list of paths, each with a weight after a colon if it is
        not 1, are several data sets. The path of one data set is read lazily if it has
        lists of names or more than `PROBE_IMAGES` images.
    validation
        What `train` gets as validation images.
    ids, val_ids : Path, optional
    max_pixels : int
        See `open_training_files`.

    Returns
    -------
    TrainingFiles, optional
        None if the images should be read at once.

    Raises
    ------
    OSError, ValueError
        If a path is not a data set.
    """
    if isinstance(data, TrainingFiles):
        return data
    if validation is not None and not isinstance(validation, str | Path):
        return None
    find = partial(
        open_training_files,
        ids=ids,
        validation=None if validation is None else Path(validation).expanduser(),
        val_ids=val_ids,
        max_pixels=max_pixels,
    )
    if isinstance(data, list) and data and all(isinstance(x, str | Path) for x in data):
        paths = [parse_weighted_path(str(path)) for path in data]
        return find(paths)
    if not isinstance(data, str | Path):
        return None
    path = Path(data).expanduser()
    if path.name == ANNOTATIONS_FILE:
        return None
    files = find([WeightedPath(path)])
    return files if needs_lazy_reading(path, files.training) else None


def needs_lazy_reading(path: Path, training: Sequence[Any]) -> bool:
    """Return whether a data set has many images, or lists of names."""
    folder = path if path.is_dir() else path.parent
    has_lists = any((folder / name).is_file() for name in (TRAIN_LIST, VAL_LIST))
    return has_lists or len(training) > PROBE_IMAGES
