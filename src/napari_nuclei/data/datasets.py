"""Read data sets: images with their masks, in a folder or zip file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.folder_plan import FolderPlan, check_all_found, plan_folder
from napari_nuclei.data.layouts import SPLITS, find_splits
from napari_nuclei.data.masks import (
    LABELS,
    ConvertedMask,
    extract_plane,
    merge_masks,
    read_mask,
)
from napari_nuclei.data.sample import Dataset, Sample
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.readers import decode_image, is_image_name
from napari_nuclei.io.run_lengths import decode_runs

__all__ = ["Dataset", "Sample", "load_dataset", "load_folder", "read_dataset"]


def read_dataset(
    path: Path | str,
    *,
    ids: Iterable[str] | None = None,
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

    data = load_dataset(path, ids=ids, progress=progress)
    warn_about_masks(data)
    return data


def load_dataset(
    path: Path | str,
    *,
    ids: Iterable[str] | None = None,
    labels: Path | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read a data set without warnings, see `read_dataset`.

    Parameters
    ----------
    path, ids, progress
        As for `read_dataset`.
    labels : Path, optional
        CSV file with the masks as run lengths.
    """
    path = Path(path).expanduser()
    wanted = None if ids is None else set(ids)
    splits = find_splits(path)
    if not splits:
        return Dataset(tuple(load_folder(path, wanted, labels, progress)))
    parts = {
        name: tuple(
            replace(sample, split=name)
            for sample in load_folder(folder, wanted, labels, progress, partly=True)
        )
        for name, folder in splits.items()
    }
    data = Dataset(*(parts.get(name, ()) for name in SPLITS))
    check_all_found(path, wanted, {sample.name for sample in data})
    return data


def load_folder(
    path: Path,
    wanted: set[str] | None,
    labels: Path | None = None,
    progress: Progress | None = None,
    *,
    partly: bool = False,
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
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: There is no such folder or zip file")
    if path.is_dir():
        files = [p for p in sorted(path.rglob("*")) if is_image_name(p)]
        names = [p.relative_to(path).as_posix() for p in files]

        def read(name: str) -> ImageFile:
            return decode_image((path / name).read_bytes(), name)

        plan = plan_folder(path, names, wanted, labels, partly=partly)
        return load_samples(plan, read, progress)
    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is neither a folder nor a zip file; give a folder of images and "
            "masks"
        )
    with zipfile.ZipFile(path) as archive:
        names = [n for n in sorted(archive.namelist()) if is_image_name(Path(n))]
        names = [n for n in names if not n.startswith("__MACOSX")]
        plan = plan_folder(path, names, wanted, labels, partly=partly)
        return load_samples(plan, lambda name: read_member(archive, name), progress)


def read_member(archive: zipfile.ZipFile, name: str) -> ImageFile:
    """Read an image file inside a zip file.

    Raises
    ------
    ValueError
        If the zip file is damaged or the file is not an image.
    """
    try:
        content = archive.read(name)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"{archive.filename} is damaged ({error}); download or zip it again"
        ) from error
    return decode_image(content, name)


def load_samples(
    plan: FolderPlan, read: Callable[[str], ImageFile], progress: Progress | None
) -> list[Sample]:
    """Read the images and masks of a plan.

    Parameters
    ----------
    plan : FolderPlan
    read : callable
        Takes the name of a file in the plan, returns its ImageFile.
    progress : callable, optional
        Called with (done, total) after each image.
    """
    samples: list[Sample] = []
    for image_name, mask_names in plan.pairs.items():
        name = PurePosixPath(image_name).stem
        image = extract_plane(read(image_name), image_name)
        shape = (image.shape[0], image.shape[1])
        if not mask_names:
            try:
                mask = ConvertedMask(decode_runs(plan.runs[name], shape), LABELS)
            except ValueError as error:
                raise ValueError(f"{plan.runs_file}: {name}: {error}") from error
        elif len(mask_names) == 1:
            mask = read_mask(read(mask_names[0]), mask_names[0])
        else:
            mask = ConvertedMask(merge_masks(shape, mask_names, read), LABELS)
        samples.append(Sample(name, image, mask.labels, mask_kind=mask.kind))
        if progress:
            progress(len(samples), len(plan.pairs))
    return samples
