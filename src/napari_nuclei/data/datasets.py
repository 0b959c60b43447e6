"""Read data sets: images with their masks, in a folder or zip file."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.normalize import check_image
from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.layouts import pair_files, unmatched_masks
from napari_nuclei.data.masks import check_size, extract_plane, merge_masks, read_mask
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.readers import IMAGE_SUFFIXES, decode_image, is_image_name


@dataclass(frozen=True, slots=True)
class Sample:
    """An image with its annotation.

    Attributes
    ----------
    name : str
        Name of the image file without suffix, or any other unique name.
    image : ndarray of shape (Y, X) or (Y, X, C)
        Pixels as in the file, of any integer or float type; RGB if it has colours.
    labels : ndarray of int32, shape (Y, X)
        Instance labels: 0 is background, each nucleus has its own number.
    annotated : ndarray of bool, shape (Y, X), optional
        Mask of the annotated pixels; the others have no loss and do not count in
        scores. None if all pixels are annotated.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ or the image cannot be segmented.

    Examples
    --------
    >>> image = np.zeros((4, 5), np.uint8)
    >>> Sample("empty", image, np.zeros((4, 5), np.int32)).labels.max()
    np.int32(0)
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
                f"{self.name}: The annotated mask must have the shape of the labels, "
                f"{self.labels.shape}; got {self.annotated.shape}"
            )


def read_dataset(
    path: Path | str,
    *,
    ids: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> list[Sample]:
    """Read the images of a folder or zip file with their masks.

    Three layouts are read:

    - the 2018 Data Science Bowl: `<id>/images/<id>.png` and `<id>/masks/*.png`, one
      mask per nucleus;
    - two folders `images/` and `masks/` (or `labels/`), whose files have equal stems;
    - one folder, in which `a.png` has the mask `a_mask.png` (or `a_labels.tif`).

    A mask with at most two values is binary: its connected components are the nuclei.
    Other masks are instance labels.

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
    list of Sample
        In order of image name. `image` has the type of its file, `labels` are int32.

    Raises
    ------
    OSError
        If the folder or a file cannot be read.
    ValueError
        If there are no images, an image has no mask, a mask has no image, or image and
        mask differ in height or width.

    Examples
    --------
    >>> samples = read_dataset("stage1_train.zip")  # doctest: +SKIP
    >>> samples[0].image.shape, samples[0].labels.max()  # doctest: +SKIP
    ((256, 256, 4), 27)
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"{path}: There is no such folder or zip file")
    wanted = None if ids is None else set(ids)
    if path.is_dir():
        files = [p for p in sorted(path.rglob("*")) if is_image_name(p)]
        names = [p.relative_to(path).as_posix() for p in files]

        def read(name: str) -> ImageFile:
            return decode_image((path / name).read_bytes(), name)

        return load_samples(path, names, read, wanted, progress)
    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is neither a folder nor a zip file; give a folder of images and "
            "masks"
        )
    with zipfile.ZipFile(path) as archive:
        names = [n for n in sorted(archive.namelist()) if is_image_name(Path(n))]
        names = [n for n in names if not n.startswith("__MACOSX")]
        return load_samples(
            path, names, lambda name: read_member(archive, name), wanted, progress
        )


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
    path: Path,
    names: Sequence[str],
    read: Callable[[str], ImageFile],
    wanted: set[str] | None,
    progress: Progress | None,
) -> list[Sample]:
    """Pair images with masks and read the pairs.

    Parameters
    ----------
    path : Path
        The folder or zip file, for messages.
    names : sequence of str
        Paths inside it, of images and masks.
    read : callable
        Takes one of `names`, returns its ImageFile.
    wanted : set of str, optional
        Names of the images to read, without suffix; None reads all.
    progress : callable, optional
        Called with (done, total) after each image.
    """
    if not names:
        kinds = ", ".join(IMAGE_SUFFIXES)
        raise ValueError(f"{path} contains no images ({kinds}); choose another folder")
    pairs = pair_files(names)
    missing = [image for image, masks in pairs.items() if not masks]
    if wanted is not None:
        pairs = {k: v for k, v in pairs.items() if PurePosixPath(k).stem in wanted}
        missing = [image for image in missing if image in pairs]
        absent = wanted - {PurePosixPath(k).stem for k in pairs}
        if absent:
            raise ValueError(
                f"{path} lacks {len(absent)} of the requested images, such as "
                f"{min(absent)}"
            )
    if missing:
        stem = PurePosixPath(missing[0]).stem
        raise ValueError(
            f"{path}: {len(missing)} of {len(pairs)} images have no mask, such as "
            f"{missing[0]}; expected a file {stem} in a folder masks/ next to images/, "
            f"or {stem}_mask next to the image"
        )
    if not pairs:
        raise ValueError(f"{path} contains masks but no images; add the images")
    unmatched = unmatched_masks(names, pairs) if wanted is None else []
    if unmatched:
        raise ValueError(
            f"{path}: {len(unmatched)} masks have no image, such as {unmatched[0]}; "
            "give the mask the name of its image, or remove it"
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
