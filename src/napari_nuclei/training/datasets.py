"""Images beside their masks: the layouts that training and evaluation read."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.imagefiles import (
    IMAGE_SUFFIXES,
    ImageFile,
    decode_image,
    is_image_name,
)
from napari_nuclei.core.instances import components
from napari_nuclei.core.normalize import check_image

MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "ground_truth")
IMAGE_FOLDERS = ("images", "image", "imgs", "raw")
MASK_ENDINGS = ("_masks", "_mask", "_labels", "_label", "_gt", "-mask", "-labels")


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
    known : ndarray of bool, shape (Y, X), optional
        False where nobody has said what the image shows: such pixels are neither
        learnt from nor counted. None where all of them are known.
    """

    name: str
    image: NDArray[Any]
    labels: NDArray[np.int32]
    known: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        check_pair(self.name, self.image, self.labels)
        if self.known is not None and self.known.shape != self.labels.shape:
            raise ValueError(
                f"{self.name}: known must have the mask's shape {self.labels.shape}; "
                f"got {self.known.shape}"
            )


def check_pair(name: str, image: NDArray[Any], labels: NDArray[Any]) -> None:
    """Raise ValueError if labels do not lie on their image."""
    if labels.ndim != 2 or labels.shape != image.shape[:2]:
        raise ValueError(
            f"{name}: the mask must have the image's height and width "
            f"{image.shape[:2]}; got {labels.shape}"
        )
    try:
        check_image(image)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error


def without_alpha(pixels: NDArray[Any]) -> NDArray[Any]:
    """Drop the second channel of two and the fourth of four."""
    has_alpha = pixels.ndim == 3 and pixels.shape[2] in (2, 4)
    return pixels[..., :-1] if has_alpha else pixels


def labels_from_mask(mask: NDArray[Any], *, lossy: bool = False) -> NDArray[np.int32]:
    """Turn a mask of any kind into instance labels.

    Parameters
    ----------
    mask : ndarray of shape (Y, X) or (Y, X, C)
        Binary (at most two values): its components become nuclei. More values:
        instance labels, where colours tell nuclei apart if the channels differ.
    lossy : bool
        The mask comes from a JPEG: it is binary, cut at half of its largest value.

    Returns
    -------
    ndarray of int32, shape (Y, X)

    Raises
    ------
    ValueError
        If there are numbers that cannot be those of nuclei.
    """
    if mask.dtype.kind not in "buif":
        raise ValueError(f"a mask must hold whole numbers; got {mask.dtype}")
    if not np.isfinite(mask).all():
        raise ValueError("a mask has values that are NaN or infinite")
    mask = without_alpha(mask)
    if mask.ndim == 3:
        same = (mask == mask[..., :1]).all()
        if same or lossy:
            mask = mask.max(axis=-1)
        else:
            colours = mask.astype(np.int64)
            mask = (colours[..., 0] << 32) | (colours[..., 1] << 16) | colours[..., 2]
    if lossy:
        return components(mask > mask.max() / 2)
    values = np.unique(mask)
    if len(values) <= 2:
        return components(mask > values[0] if len(values) == 2 else mask > 0)
    if mask.dtype.kind == "f" and not np.array_equal(values, values.astype(np.int64)):
        raise ValueError(
            "a mask must be binary or hold whole numbers, one for each nucleus; got "
            f"fractions such as {values[1]}"
        )
    if values[0] < 0:
        raise ValueError(f"a mask must not hold negative numbers; got {values[0]}")
    compact = np.searchsorted(values, mask).astype(np.int32)
    return compact if values[0] == 0 else compact + 1


def plane(image: ImageFile, name: str) -> NDArray[Any]:
    """Return the pixels of a file that holds one plane, channels last."""
    pixels, axes = image.pixels, image.axes
    if len(axes) == 3 and "C" in axes and pixels.shape[axes.index("C")] in (1, 3, 4):
        pixels = np.moveaxis(pixels, axes.index("C"), -1)
    elif pixels.ndim not in (2, 3) or (pixels.ndim == 3 and axes[-1] != "S"):
        raise ValueError(
            f"{name}: a training image and its mask must be one plane, (Y, X) or (Y, "
            f"X, RGB); got {pixels.shape} with the axes {axes}"
        )
    return pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels


def read_mask(image: ImageFile, name: str) -> NDArray[np.int32]:
    """Return the instance labels in a mask file."""
    pixels, lossy = plane(image, name), name.lower().endswith((".jpg", ".jpeg"))
    try:
        return labels_from_mask(pixels, lossy=lossy)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


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
        If nothing is found, an image has no mask, or a mask does not fit its image.
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

        return assemble(path, names, read, wanted, progress)
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is neither a folder nor a zip file")
    with zipfile.ZipFile(path) as archive:
        names = [n for n in sorted(archive.namelist()) if is_image_name(Path(n))]
        names = [n for n in names if not n.startswith("__MACOSX")]
        return assemble(
            path, names, lambda name: read_member(archive, name), wanted, progress
        )


def read_member(archive: zipfile.ZipFile, name: str) -> ImageFile:
    """Read an image file inside a zip file."""
    try:
        content = archive.read(name)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{archive.filename} is damaged ({error})") from error
    return decode_image(content, name)


def assemble(
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
    samples = []
    for image_name, mask_names in pairs.items():
        image = plane(read(image_name), image_name)
        if len(mask_names) == 1:
            labels = read_mask(read(mask_names[0]), mask_names[0])
        else:
            labels = merge_masks(image.shape[:2], mask_names, read)
        samples.append(Sample(PurePosixPath(image_name).stem, image, labels))
        if progress:
            progress(len(samples), len(pairs))
    return samples


def merge_masks(
    shape: tuple[int, ...], names: Sequence[str], read: Callable[[str], ImageFile]
) -> NDArray[np.int32]:
    """Lay masks of one nucleus each into one label image."""
    labels = np.zeros(shape, np.int32)
    for number, name in enumerate(names, 1):
        mask = without_alpha(plane(read(name), name))
        mask = mask.max(axis=-1) if mask.ndim == 3 else mask
        if mask.shape != shape:
            raise ValueError(
                f"{name}: the mask must have the image's height and width {shape}; "
                f"got {mask.shape}"
            )
        labels[mask > 0] = number
    return labels


def pair_files(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the masks of every image among the names of files.

    Examples
    --------
    >>> pair_files(["images/a.png", "masks/a.tif"])
    {'images/a.png': ['masks/a.tif']}
    >>> pair_files(["a.jpg", "a_mask.png", "b.jpg"])
    {'a.jpg': ['a_mask.png'], 'b.jpg': []}

    Overlays that segmenting has left beside an image are passed over.

    >>> pair_files(["a.tif", "a_labels.tif", "a_overlay.png"])
    {'a.tif': ['a_labels.tif']}
    """
    paths = [PurePosixPath(name) for name in names]
    masks_in: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    beside: dict[tuple[PurePosixPath, str], list[PurePosixPath]] = defaultdict(list)
    images = []
    for path in paths:
        if path.parent.name.lower() in MASK_FOLDERS:
            masks_in[path.parent.parent].append(path)
            continue
        ending = next((e for e in MASK_ENDINGS if path.stem.lower().endswith(e)), None)
        if ending:
            beside[path.parent, path.stem[: -len(ending)]].append(path)
        else:
            images.append(path)
    pairs: dict[str, list[str]] = {}
    overlays = {(image.parent, f"{image.stem}_overlay") for image in images}
    for image in images:
        if (image.parent, image.stem) in overlays:
            continue
        parent = image.parent
        root = parent.parent if parent.name.lower() in IMAGE_FOLDERS else parent
        masks = masks_in.get(root, [])
        # The Data Science Bowl gives each image a folder of its own.
        if not (root.name == image.stem and parent != root):
            masks = [m for m in masks if mask_stem(m) == image.stem]
        masks = masks or beside.get((parent, image.stem), [])
        pairs[image.as_posix()] = [mask.as_posix() for mask in masks]
    return pairs


def mask_stem(mask: PurePosixPath) -> str:
    """Return the name of the image that a mask's name points to."""
    for ending in MASK_ENDINGS:
        if mask.stem.lower().endswith(ending):
            return mask.stem[: -len(ending)]
    return mask.stem


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


def split_samples(
    samples: Sequence[Sample], fraction: float, seed: int
) -> tuple[list[Sample], list[Sample]]:
    """Hold some samples out, by chance.

    Parameters
    ----------
    samples : sequence of Sample
    fraction : float
        Share that is held out; at least one sample, and at least one is left.
    seed : int

    Returns
    -------
    kept, held_out : list of Sample

    Raises
    ------
    ValueError
        If there are fewer than two samples.
    """
    if len(samples) < 2:
        raise ValueError(
            "a validation set cannot be held out of a single image; add images, or "
            "name validation data"
        )
    count = min(max(round(len(samples) * fraction), 1), len(samples) - 1)
    order = np.random.default_rng(seed).permutation(len(samples))
    held = set(order[:count].tolist())
    kept = [s for i, s in enumerate(samples) if i not in held]
    return kept, [s for i, s in enumerate(samples) if i in held]


def find_splits(path: Path | str) -> dict[str, Path]:
    """Return the folders train, val and test of a data set that has them.

    A folder `validation` or `valid` counts as val. Empty where there is no `train`
    or `test`.
    """
    path = Path(path)
    names = {"train": "train", "val": "val", "validation": "val", "valid": "val"}
    names["test"] = "test"
    found = {kind: path / n for n, kind in names.items() if (path / n).is_dir()}
    return found if "train" in found or "test" in found else {}


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
