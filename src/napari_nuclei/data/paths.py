"""Paths of the images and labels of a training run."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.datasets import Sample, load_dataset, load_folder
from napari_nuclei.data.image_lists import read_ids
from napari_nuclei.data.layouts import find_splits
from napari_nuclei.data.pairs import read_pairs
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.model.store import ANNOTATIONS_FILE


@dataclass(frozen=True, slots=True)
class TrainingPaths:
    """Paths of the images and labels of a training run.

    Attributes
    ----------
    data : Path
        A data set (see `read_dataset`), whose parts train and val are used, the
        annotations.npz of an earlier training, or images whose labels are in `labels`.
    labels : Path, optional
        File or folder of the labels of `data`, if `data` does not contain them; or a
        CSV file of run lengths.
    ids : Path, optional
        Text file with the names of the training images, one per line.
    val : Path, optional
        Validation data, in the same form as `data`.
    val_ids : Path, optional
        Text file with the names of the validation images, one per line.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    """

    data: Path
    labels: Path | None = None
    ids: Path | None = None
    val: Path | None = None
    val_ids: Path | None = None
    max_pixels: int = MAX_PIXELS

    def check(self) -> None:
        """Raise FileNotFoundError if one of the paths does not exist."""
        for item in fields(self):
            path = getattr(self, item.name)
            if isinstance(path, Path) and not path.exists():
                raise FileNotFoundError(f"{path}: There is no such file or folder")

    def validation_path(self) -> Path | None:
        """Return the path of the validation images; None if there are none."""
        val_folder = None if self.labels else find_splits(self.data).get("val")
        in_data = self._is_annotation_file or self.val_ids is not None
        return self.val or val_folder or (self.data if in_data else None)

    @property
    def _is_annotation_file(self) -> bool:
        return self.data.name == ANNOTATIONS_FILE and self.labels is None

    def read(
        self, progress: Progress | None = None
    ) -> tuple[list[Sample], list[Sample] | None]:
        """Read the samples.

        Parameters
        ----------
        progress : callable, optional
            Called with (done, total) after each image; cancels by raising.

        Returns
        -------
        samples : list of Sample
            Training samples.
        validation : list of Sample, optional
            None if there is no validation set.

        Raises
        ------
        OSError, ValueError
            If a file cannot be read, or if `ids` or `val_ids` are set but the data are
            not a data set.
        """
        is_dataset = self.labels is None and not self._is_annotation_file
        if not is_dataset and (self.ids or (self.val_ids and not self.val)):
            raise ValueError(
                "Image names (ids, val_ids) select images of a data set; separate "
                f"LABELS and {ANNOTATIONS_FILE} are used completely, so leave out the "
                "names"
            )
        self.check()
        path = self.validation_path()
        for ids in filter(None, (self.ids, self.val_ids)):
            read_ids(ids)  # images take longer to read: report a wrong list first
        if self.labels is not None:
            samples = read_pairs(self.data, self.labels, max_pixels=self.max_pixels)
        elif self._is_annotation_file:
            samples, held_out = read_annotations(self.data)
            if self.val is None:
                return samples, held_out
        else:
            samples = self.read_selected(self.data, "train", self.ids, progress)
        if path is None:
            return samples, None
        return samples, self.read_selected(path, "val", self.val_ids, progress)

    def read_selected(
        self, path: Path, split: str, ids: Path | None, progress: Progress | None
    ) -> list[Sample]:
        """Read a part of a data set, or only the images that a text file names.

        Parameters
        ----------
        path : Path
        split : str
            "train", "val" or "test"; the whole data set is read if it has no such part.
        ids : Path, optional
        progress : callable, optional
        """
        names = None if ids is None else set(read_ids(ids))
        how: Any = {"progress": progress, "max_pixels": self.max_pixels}
        folder = find_splits(path).get(split)
        if folder is None:
            return list(load_dataset(path, ids=names, **how))
        samples = load_folder(folder, names, **how)
        return [replace(sample, split=split) for sample in samples]
