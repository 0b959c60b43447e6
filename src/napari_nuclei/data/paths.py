"""What a training is to read: a data set, or images and labels in two places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.datasets import Sample, read_dataset, read_ids, read_pairs
from napari_nuclei.data.layouts import find_splits
from napari_nuclei.model.store import ANNOTATIONS_FILE


@dataclass(frozen=True, slots=True)
class TrainingPaths:
    """Where the images and the labels of a training lie.

    Attributes
    ----------
    data : Path
        A folder or zip as of `read_dataset`, one with `train/` and `val/` in it, the
        annotations that an earlier training has kept, or images whose labels lie
        elsewhere.
    labels : Path, optional
        File or folder of the labels of `data`, where they lie elsewhere.
    ids : Path, optional
        Text file that names the images of a data set to learn from.
    val : Path, optional
        Validation data, as `data`.
    val_ids : Path, optional
        Text file that names the images to validate on.
    """

    data: Path
    labels: Path | None = None
    ids: Path | None = None
    val: Path | None = None
    val_ids: Path | None = None

    def check(self) -> None:
        """Raise FileNotFoundError for the first of them that is not there."""
        for item in fields(self):
            path = getattr(self, item.name)
            if path is not None and not path.exists():
                raise FileNotFoundError(f"{path}: there is no such file or folder")

    def validation_path(self) -> Path | None:
        """Return where the images to validate on lie, if any are named or found."""
        found = None if self.labels else find_splits(self.data).get("val")
        kept = self.data.name == ANNOTATIONS_FILE and self.labels is None
        return self.val or found or (self.data if kept or self.val_ids else None)

    def read(
        self, progress: Callable[[int, int], None] | None = None
    ) -> tuple[list[Sample], list[Sample] | None]:
        """Read them.

        Parameters
        ----------
        progress : callable, optional
            Is told (done, total) in images; ends the reading by raising.

        Returns
        -------
        samples : list of Sample
        validation : list of Sample, optional
            None where no validation set is named or found.

        Raises
        ------
        OSError, ValueError
            If something cannot be read, or is no data set; or if `ids`, or `val_ids`
            without `val`, are to choose where `data` is none.
        """
        whole = self.labels is not None or self.data.name == ANNOTATIONS_FILE
        if whole and (self.ids or (self.val_ids and not self.val)):
            raise ValueError(
                "ids and val_ids choose among the images of a data set; DATA with "
                f"LABELS elsewhere (or {ANNOTATIONS_FILE}) is taken whole"
            )
        if self.data.name == ANNOTATIONS_FILE and self.labels is None:
            samples, validation = read_annotations(self.data)
            if self.val is None:
                return samples, validation
        splits = {} if self.labels else find_splits(self.data)

        def some(path: Path, ids: Path | None) -> list[Sample]:
            wanted = None if ids is None else read_ids(ids)
            return read_dataset(path, ids=wanted, progress=progress)

        if self.labels is not None:
            samples = read_pairs(self.data, self.labels)
        elif self.data.name != ANNOTATIONS_FILE:
            samples = some(splits.get("train", self.data), self.ids)
        val = self.validation_path()
        return samples, None if val is None else some(val, self.val_ids)
