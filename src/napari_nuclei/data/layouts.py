"""Find the images of a data set and the masks of each image, by file name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "ground_truth")
IMAGE_FOLDERS = ("images", "image", "imgs", "raw")
LABELS_ENDING = "_labels.tif"
RESULT_ENDINGS = ("_overlay", "_probability")
"""Endings of the names of result files that are not masks."""

SPLITS = ("train", "val", "test")
"""Parts of a data set."""

SPLIT_NAMES = {
    "train": "train",
    "val": "val",
    "test": "test",
    "validation": "val",
    "valid": "val",
    "stage1_train": "train",
    "stage1_test": "test",
}
"""Names of the folders of the parts."""

MASK_ENDINGS = ("_masks", "_mask", "_labels", "_label", "_gt", "-mask", "-labels")


def pair_files(names: Sequence[str]) -> dict[str, list[str]]:
    """Match images with their masks by file name.

    Parameters
    ----------
    names : sequence of str
        Paths inside the data set, with forward slashes.

    Returns
    -------
    dict of str to list of str
        The masks of each image; an empty list for an image without masks.

    Examples
    --------
    >>> pair_files(["images/a.png", "masks/a.tif"])
    {'images/a.png': ['masks/a.tif']}
    >>> pair_files(["a.jpg", "a_mask.png", "b.jpg"])
    {'a.jpg': ['a_mask.png'], 'b.jpg': []}

    If results lie next to an image, the labels are its mask and the others are skipped.

    >>> pair_files(["a.tif", "a_labels.tif", "a_mask.png", "a_overlay.png"])
    {'a.tif': ['a_labels.tif']}
    """
    paths = [PurePosixPath(name) for name in names]
    masks_in: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    masks_next_to: dict[tuple[PurePosixPath, str], list[PurePosixPath]] = defaultdict(
        list
    )
    images = []
    for path in paths:
        if not is_mask(path):
            images.append(path)
        elif path.parent.name.lower() in MASK_FOLDERS:
            masks_in[path.parent.parent].append(path)
        else:
            masks_next_to[path.parent, image_stem(path)].append(path)
    pairs: dict[str, list[str]] = {}
    results = {
        (image.parent, image.stem + ending)
        for image in images
        for ending in RESULT_ENDINGS
    }
    for image in images:
        if (image.parent, image.stem) in results:
            continue
        parent = image.parent
        root = dataset_root(image)
        masks = masks_in.get(root, [])
        # The Data Science Bowl gives each image a folder of its own.
        if not (root.name == image.stem and parent != root):
            masks = [m for m in masks if image_stem(m) == image.stem]
        if not masks:
            candidates = masks_next_to.get((parent, image.stem), [])
            labels = [m for m in candidates if m.name == image.stem + LABELS_ENDING]
            masks = labels or candidates
        pairs[image.as_posix()] = [mask.as_posix() for mask in masks]
    return pairs


def unmatched_masks(
    names: Sequence[str], pairs: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the masks that no image of `pair_files` uses.

    Parameters
    ----------
    names : sequence of str
    pairs : mapping
        As returned by `pair_files` for these names.

    Examples
    --------
    >>> names = ["images/a.png", "masks/a.png", "masks/b.png"]
    >>> unmatched_masks(names, pair_files(names))
    ['masks/b.png']

    An image of the same name in another folder does not count.

    >>> names = ["a/images/1.png", "a/masks/1.png", "b/masks/1.png"]
    >>> unmatched_masks(names, pair_files(names))
    ['b/masks/1.png']
    """
    matched = {mask for masks in pairs.values() for mask in masks}
    images = {(dataset_root(path), path.stem) for path in map(PurePosixPath, pairs)}
    paths = [PurePosixPath(name) for name in names if name not in matched]
    return [
        path.as_posix()
        for path in paths
        if is_mask(path) and (dataset_root(path), image_stem(path)) not in images
    ]


def dataset_root(path: PurePosixPath) -> PurePosixPath:
    """Return the folder of a file, or its parent if it is named images/ or masks/."""
    is_named = path.parent.name.lower() in (*IMAGE_FOLDERS, *MASK_FOLDERS)
    return path.parent.parent if is_named else path.parent


def is_mask(path: PurePosixPath) -> bool:
    """Return whether a file is a mask, by its folder or the ending of its name."""
    in_folder = path.parent.name.lower() in MASK_FOLDERS
    return in_folder or image_stem(path) != path.stem


def image_stem(mask: PurePosixPath) -> str:
    """Return the stem of the image that a mask belongs to, from the mask's name."""
    for ending in MASK_ENDINGS:
        if mask.stem.lower().endswith(ending):
            return mask.stem[: -len(ending)]
    return mask.stem


def find_splits(path: Path | str) -> dict[str, Path]:
    """Find the parts train, val and test of a data set, as folders or zip files.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict of str to Path
        The existing parts by the keys train, val and test. `validation` and `valid`
        count as val; `stage1_train` counts as train, and `stage1_test` as test if it
        has masks. Empty if there is neither a train nor a test part.
    """
    path = Path(path).expanduser()
    parts: dict[str, Path] = {}
    for name, split in SPLIT_NAMES.items():
        if split not in parts and (path / name).is_dir():
            parts[split] = path / name
        elif split not in parts and (path / f"{name}.zip").is_file():
            parts[split] = path / f"{name}.zip"
    if parts.get("test") in (path / "stage1_test", path / "stage1_test.zip") and not (
        (path / "stage1_solution.csv").is_file()
        or any((path / "stage1_test").glob("*/masks"))
    ):
        del parts["test"]  # Kaggle gives no masks for the images to submit
    parts = {split: parts[split] for split in SPLITS if split in parts}
    return parts if "train" in parts or "test" in parts else {}
