"""Find the CSV file with the masks of a data set as run lengths."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from napari_nuclei.io.outlines.run_lengths import has_run_lengths, read_run_lengths

NO_TRUTH = "submission"
"""Part of the names of files that hold predictions, not annotations."""


def find_run_lengths(
    path: Path, images: Collection[str]
) -> tuple[Path, dict[str, list[str]]] | None:
    """Find the run lengths of a data set, in its folder or in the folder around it.

    In Kaggle's download `stage1_train_labels.csv` lies beside `stage1_train/`.

    Parameters
    ----------
    path : Path
        Folder or zip file of the images.
    images : collection of str
        Names of the images without suffix.

    Returns
    -------
    tuple of (Path, dict), optional
        The file, and the run lengths by image. None if no file names an image.

    Raises
    ------
    ValueError
        If several files name images.
    """
    path = path.absolute()
    for folder in (path, path.parent):
        files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
        files = [file for file in files if NO_TRUTH not in file.name.lower()]
        candidates = {}
        for file in files:
            rows = read_run_lengths(file) if has_run_lengths(file) else {}
            if not rows.keys().isdisjoint(images):
                candidates[file] = rows
        same_stem = [file for file in candidates if file.stem.startswith(path.stem)]
        if len(same_stem) == 1:
            candidates = {same_stem[0]: candidates[same_stem[0]]}
        if len(candidates) > 1:
            names = " and ".join(file.name for file in candidates)
            raise ValueError(
                f"{folder} has several files with masks of these images, {names}. "
                "Name the right one as labels, or remove the others"
            )
        if candidates:
            return next(iter(candidates.items()))
    return None
