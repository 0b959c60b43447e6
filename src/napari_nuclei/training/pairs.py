"""Images and labels in two places, paired by the names of their files."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.layouts import mask_stem
from napari_nuclei.data.masks import plane, read_mask
from napari_nuclei.io.image_files import is_image_name, read_image


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
        mask_stem(PurePosixPath(path.name)): path
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
    pixels = plane(read_image(image), str(image))
    return Sample(image.stem, pixels, read_mask(read_image(labels), str(labels)))
