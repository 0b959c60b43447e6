"""Which files of a data set are images, and which are the masks of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "ground_truth")
IMAGE_FOLDERS = ("images", "image", "imgs", "raw")
MASK_ENDINGS = ("_masks", "_mask", "_labels", "_label", "_gt", "-mask", "-labels")


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
        if not is_mask(path):
            images.append(path)
        elif path.parent.name.lower() in MASK_FOLDERS:
            masks_in[path.parent.parent].append(path)
        else:
            beside[path.parent, image_stem(path)].append(path)
    pairs: dict[str, list[str]] = {}
    overlays = {(image.parent, f"{image.stem}_overlay") for image in images}
    for image in images:
        if (image.parent, image.stem) in overlays:
            continue
        parent = image.parent
        root = dataset_root(image)
        masks = masks_in.get(root, [])
        # The Data Science Bowl gives each image a folder of its own.
        if not (root.name == image.stem and parent != root):
            masks = [m for m in masks if image_stem(m) == image.stem]
        masks = masks or beside.get((parent, image.stem), [])
        pairs[image.as_posix()] = [mask.as_posix() for mask in masks]
    return pairs


def unmatched_masks(
    names: Sequence[str], pairs: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the masks among the names of files that no image of `pair_files` has.

    Examples
    --------
    >>> names = ["images/a.png", "masks/a.png", "masks/b.png"]
    >>> unmatched_masks(names, pair_files(names))
    ['masks/b.png']

    An image elsewhere that has its name does not make up for it.

    >>> names = ["a/images/1.png", "a/masks/1.png", "b/masks/1.png"]
    >>> unmatched_masks(names, pair_files(names))
    ['b/masks/1.png']
    """
    taken = {mask for masks in pairs.values() for mask in masks}
    known = {(dataset_root(path), path.stem) for path in map(PurePosixPath, pairs)}
    paths = [PurePosixPath(name) for name in names if name not in taken]
    return [
        path.as_posix()
        for path in paths
        if is_mask(path) and (dataset_root(path), image_stem(path)) not in known
    ]


def dataset_root(path: PurePosixPath) -> PurePosixPath:
    """Return the folder that holds an image or mask, or the folder of such."""
    named = path.parent.name.lower() in (*IMAGE_FOLDERS, *MASK_FOLDERS)
    return path.parent.parent if named else path.parent


def is_mask(path: PurePosixPath) -> bool:
    """Whether a file is a mask by its folder or the end of its name."""
    in_folder = path.parent.name.lower() in MASK_FOLDERS
    return in_folder or image_stem(path) != path.stem


def image_stem(mask: PurePosixPath) -> str:
    """Return the name of the image that a mask's name points to."""
    for ending in MASK_ENDINGS:
        if mask.stem.lower().endswith(ending):
            return mask.stem[: -len(ending)]
    return mask.stem


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
