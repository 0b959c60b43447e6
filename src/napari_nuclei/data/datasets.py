"""Read data sets: images with their masks, in a folder or zip file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.folder_plan import check_all_found
from napari_nuclei.data.layouts import SPLITS, find_splits
from napari_nuclei.data.sample import Dataset, Sample
from napari_nuclei.data.sample_files import open_folder
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS

__all__ = ["Dataset", "Sample", "load_dataset", "load_folder", "read_dataset"]


@suggests_keywords
def read_dataset(
    path: Path | str,
    *,
    ids: Iterable[str] | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> Dataset:
    """Read the images of a folder or zip file with their masks.

    Four layouts are read:

    - the 2018 Data Science Bowl: `<id>/images/<id>.png` and `<id>/masks/*.png`, one
      mask per nucleus; or, without masks, `stage1_train_labels.csv` in the folder or
      beside it, with the columns ImageId and EncodedPixels (run lengths);
    - two folders `images/` and `masks/` (or `labels/`), whose files have equal stems;
    - one folder, in which `a.png` has the mask `a_mask.png` (or `a_labels.tif`);
    - any of these in the folders `train/`, `val/` and `test/` (or `stage1_train/`),
      or in zip files of these names.

    A mask with at most two values is binary: its connected parts are the nuclei, and
    touching nuclei count as one. Other masks are instance labels.

    Parameters
    ----------
    path : str or path-like
        The folder or zip file; `~` is the home folder.
    ids : iterable of str, optional
        Names of the images to read, without suffix; None reads all.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    progress : callable, optional
        Called with (done, total) after each image.

    Returns
    -------
    Dataset
        A sequence of Sample, in order of image name, with the attributes `train`, `val`
        and `test`. `image` has the type of its file, `labels` are int32.

    Raises
    ------
    OSError
        If the folder or a file cannot be read.
    ValueError
        If there are no images, an image has no mask, a mask has no image, or image and
        mask differ in height or width.

    Warns
    -----
    ImageWarning
        If masks are binary.

    Examples
    --------
    >>> import tempfile
    >>> import tifffile
    >>> from napari_nuclei import read_dataset, synthetic_nuclei
    >>> image, labels = synthetic_nuclei((96, 96), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tifffile.imwrite(f"{folder}/a.tif", image)
    ...     tifffile.imwrite(f"{folder}/a_labels.tif", labels)
    ...     data = read_dataset(folder)
    >>> data
    Dataset of 1 image: 1 train, 0 val, 0 test
    >>> data[0].name, data[0].labels.max() == labels.max()
    ('a', np.True_)
    """
    from napari_nuclei.data.mask_report import warn_about_masks

    data = load_dataset(path, ids=ids, max_pixels=max_pixels, progress=progress)
    warn_about_masks(data)
    return data


def load_dataset(
    path: Path | str,
    *,
    ids: Iterable[str] | None = None,
    labels: Path | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> Dataset:
    """Read a data set without warnings, see `read_dataset`.

    Parameters
    ----------
    path, ids, max_pixels, progress
        As for `read_dataset`.
    labels : Path, optional
        CSV file with the masks as run lengths.
    """
    path = Path(path).expanduser()
    names = None if ids is None else set(ids)
    splits = find_splits(path)
    load = partial(load_folder, labels=labels, progress=progress, max_pixels=max_pixels)
    if not splits:
        return Dataset(tuple(load(path, names)))
    parts = {
        name: tuple(
            replace(sample, split=name) for sample in load(folder, names, partly=True)
        )
        for name, folder in splits.items()
    }
    data = Dataset(*(parts.get(name, ()) for name in SPLITS))
    check_all_found(path, names, {sample.name for sample in data})
    return data


def load_folder(
    path: Path,
    wanted: set[str] | None,
    labels: Path | None = None,
    progress: Progress | None = None,
    *,
    partly: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> list[Sample]:
    """Read the images of one folder or zip file with their masks.

    Parameters
    ----------
    path : Path
    wanted : set of str, optional
        Names of the images to read, without suffix; None reads all.
    labels : Path, optional
        CSV file with the masks as run lengths.
    progress : callable, optional
        Called with (done, total) after each image.
    partly : bool
        Whether some of `wanted` may be missing.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    """
    files = open_folder(path, wanted, labels, partly=partly, max_pixels=max_pixels)
    samples: list[Sample] = []
    for file in files:
        samples.append(file.read())
        if progress:
            progress(len(samples), len(files))
    return samples
