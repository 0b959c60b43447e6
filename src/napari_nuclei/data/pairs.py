"""Read images and labels from separate files or folders."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from napari_nuclei.data.datasets import Sample, load_folder
from napari_nuclei.data.layouts import image_stem
from napari_nuclei.data.masks import extract_plane, read_mask
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.microscopes.scenes import warn_of_other_scenes
from napari_nuclei.io.readers import is_image_name, read_image


def read_pairs(
    images: Path | str, labels: Path | str, *, max_pixels: int = MAX_PIXELS
) -> list[Sample]:
    """Read images from one file or folder and their labels from another.

    Parameters
    ----------
    images, labels : str or path-like
        Two files or two folders. The labels of `a.png` are named `a.tif`, `a_mask.png`,
        `a_labels.tif` or similar. `labels` may also be a CSV file of run lengths, see
        `read_dataset`.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.

    Returns
    -------
    list of Sample
        In order of image name.

    Raises
    ------
    OSError
        If a file or folder cannot be read.
    ValueError
        If there are no images, an image has no labels, or their shapes differ.
    """
    images, labels = Path(images).expanduser(), Path(labels).expanduser()
    for path in (images, labels):
        if not path.exists():
            raise FileNotFoundError(f"{path}: There is no such file or folder")
    if labels.suffix.lower() == ".csv":
        return load_folder(images, None, labels, max_pixels=max_pixels)
    if images.is_file() != labels.is_file():
        raise ValueError(
            "Images and labels must be two files or two folders; got "
            f"{images} and {labels}"
        )
    if images.is_file():
        return [read_pair(images, labels, max_pixels)]
    labels_by_stem = {
        image_stem(PurePosixPath(path.name)): path
        for path in sorted(labels.iterdir())
        if is_image_name(path)
    }
    image_paths = [path for path in sorted(images.iterdir()) if is_image_name(path)]
    if not image_paths:
        raise ValueError(f"{images} contains no images; choose another folder")
    missing = [path.name for path in image_paths if path.stem not in labels_by_stem]
    if missing:
        raise ValueError(
            f"{len(missing)} of {len(image_paths)} images have no labels in {labels}, "
            f"such as {missing[0]}; give labels the name of their image"
        )
    return [
        read_pair(path, labels_by_stem[path.stem], max_pixels) for path in image_paths
    ]


def read_pair(image: Path, labels: Path, max_pixels: int = MAX_PIXELS) -> Sample:
    """Read an image file and its label file as a sample."""
    file = read_image(image, max_pixels=max_pixels)
    warn_of_other_scenes(image.name, file.scenes)
    pixels = extract_plane(file, str(image))
    mask = read_mask(read_image(labels, max_pixels=max_pixels), str(labels))
    return Sample(image.stem, pixels, mask.labels, mask_kind=mask.kind)
