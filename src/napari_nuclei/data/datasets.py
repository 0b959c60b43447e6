"""Images beside their masks, as training and evaluation read them."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.normalize import check_image
from napari_nuclei.data.layouts import image_stem, pair_files, unmatched_masks
from napari_nuclei.data.masks import check_size, extract_plane, merge_masks, read_mask
from napari_nuclei.io.image_files import (
    IMAGE_SUFFIXES,
    ImageFile,
    decode_image,
    is_image_name,
    read_image,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """An image with the truth about it.

    Attributes
    ----------
    name : str
    image : ndarray of shape (Y, X) or (Y, X, C)
        As it stands in its file, RGB where it has colours.
    labels : ndarray of int32, shape (Y, X)
        0 is background, every nucleus has its own number.
    annotated : ndarray of bool, shape (Y, X), optional
        False where nobody has said what the image shows: such pixels are neither
        learnt from nor counted. None where all of them are annotated.
    """

    name: str
    image: NDArray[Any]
    labels: NDArray[np.int32]
    annotated: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        check_size(self.name, self.labels, self.image.shape[:2])
        try:
            check_image(self.image)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name}: {error}") from error
        if self.annotated is not None and self.annotated.shape != self.labels.shape:
            raise ValueError(
                f"{self.name}: annotated must have the shape {self.labels.shape}; "
                f"got {self.annotated.shape}"
            )


def read_dataset(
    path: Path | str,
    *,
    ids: Iterable[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Sample]:
    """Read every image of a folder or zip together with its mask.

    Three layouts are understood: that of the 2018 Data Science Bowl, as a folder or
    a zip (`<id>/images/<id>.png` and `<id>/masks/*.png`, a nucleus each); a folder
    with `images/` and `masks/` (or `labels/`) whose files have the same stem; one
    folder in which `a.png` has its mask in `a_mask.png` (or `a_labels.tif`).

    Parameters
    ----------
    path : path-like
        The folder or the zip file.
    ids : iterable of str, optional
        Names, without suffix, of the images to read; all of them if None.
    progress : callable, optional
        Is told (done, total) in images.

    Returns
    -------
    list of Sample
        In the order of their names.

    Raises
    ------
    OSError
        If the folder or a file cannot be read.
    ValueError
        If nothing is found, an image has no mask, a mask has no image, or does not fit
        it.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such folder or zip file")
    wanted = None if ids is None else set(ids)
    if path.is_dir():
        files = [p for p in sorted(path.rglob("*")) if is_image_name(p)]
        names = [p.relative_to(path).as_posix() for p in files]

        def read(name: str) -> ImageFile:
            return decode_image((path / name).read_bytes(), name)

        return load_samples(path, names, read, wanted, progress)
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is neither a folder nor a zip file")
    with zipfile.ZipFile(path) as archive:
        names = [n for n in sorted(archive.namelist()) if is_image_name(Path(n))]
        names = [n for n in names if not n.startswith("__MACOSX")]
        return load_samples(
            path, names, lambda name: read_member(archive, name), wanted, progress
        )


def read_member(archive: zipfile.ZipFile, name: str) -> ImageFile:
    """Read an image file inside a zip file."""
    try:
        content = archive.read(name)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{archive.filename} is damaged ({error})") from error
    return decode_image(content, name)


def load_samples(
    path: Path,
    names: Sequence[str],
    read: Callable[[str], ImageFile],
    wanted: set[str] | None,
    progress: Callable[[int, int], None] | None,
) -> list[Sample]:
    """Pair images with masks and read those that are wanted."""
    if not names:
        kinds = ", ".join(IMAGE_SUFFIXES)
        raise ValueError(f"{path} holds no images ({kinds})")
    pairs = pair_files(names)
    missing = [image for image, masks in pairs.items() if not masks]
    if wanted is not None:
        pairs = {k: v for k, v in pairs.items() if PurePosixPath(k).stem in wanted}
        missing = [image for image in missing if image in pairs]
        absent = wanted - {PurePosixPath(k).stem for k in pairs}
        if absent:
            raise ValueError(
                f"{path} lacks {len(absent)} of the images named, such as {min(absent)}"
            )
    if missing:
        stem = PurePosixPath(missing[0]).stem
        raise ValueError(
            f"{path}: {len(missing)} of {len(pairs)} images have no mask, such as "
            f"{missing[0]}; expected a file {stem} in a folder masks/ beside images/, "
            f"or {stem}_mask beside the image"
        )
    if not pairs:
        raise ValueError(f"{path} holds no images beside masks")
    stray = unmatched_masks(names, pairs) if wanted is None else []
    if stray:
        raise ValueError(
            f"{path}: there is no image to {len(stray)} of the masks, such as "
            f"{stray[0]}; give a mask the name of its image, or remove it"
        )
    samples = []
    for image_name, mask_names in pairs.items():
        image = extract_plane(read(image_name), image_name)
        if len(mask_names) == 1:
            labels = read_mask(read(mask_names[0]), mask_names[0])
        else:
            labels = merge_masks(image.shape[:2], mask_names, read)
        samples.append(Sample(PurePosixPath(image_name).stem, image, labels))
        if progress:
            progress(len(samples), len(pairs))
    return samples


def read_ids(path: Path | str) -> list[str]:
    """Read a text file with the name of an image on every line."""
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").split()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text file of image names") from error
    if not lines:
        raise ValueError(f"{path} names no images")
    return lines


def read_groups(path: Path | str) -> dict[str, str]:
    """Read a CSV with the columns id and group; return the group of each image."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a CSV file of text") from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not {"id", "group"} <= set(rows.fieldnames or ()):
        columns = ", ".join(rows.fieldnames or ()) or "none"
        raise ValueError(f"{path} must have the columns id and group; it has {columns}")
    return {row["id"]: row["group"] for row in rows}


def read_pairs(images: Path | str, labels: Path | str) -> list[Sample]:
    """Read images from one file or folder and their labels from another.

    Parameters
    ----------
    images, labels : path-like
        Two files, or two folders: the labels of `a.png` are in `a.tif`, `a_mask.png`,
        `a_labels.tif` or the like.

    Returns
    -------
    list of Sample
        In the order of their names.

    Raises
    ------
    OSError
        If a file or folder cannot be read.
    ValueError
        If nothing is found, an image has no labels, or they do not fit it.
    """
    images, labels = Path(images), Path(labels)
    for path in (images, labels):
        if not path.exists():
            raise FileNotFoundError(f"{path}: there is no such file or folder")
    if images.is_file() != labels.is_file():
        raise ValueError(
            f"give two files or two folders of images and labels; got {images} and "
            f"{labels}"
        )
    if images.is_file():
        return [read_pair(images, labels)]
    found = {
        image_stem(PurePosixPath(path.name)): path
        for path in sorted(labels.iterdir())
        if is_image_name(path)
    }
    pictures = [path for path in sorted(images.iterdir()) if is_image_name(path)]
    if not pictures:
        raise ValueError(f"{images} holds no images")
    missing = [path.name for path in pictures if path.stem not in found]
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(pictures)} images have no labels in {labels}, "
            f"such as {missing[0]}"
        )
    return [read_pair(path, found[path.stem]) for path in pictures]


def read_pair(image: Path, labels: Path) -> Sample:
    """Read an image and its labels."""
    pixels = extract_plane(read_image(image), str(image))
    return Sample(image.stem, pixels, read_mask(read_image(labels), str(labels)))
