"""Find the annotated images of a folder or zip file, and read them when needed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from napari_nuclei.data.folder_plan import FolderPlan, plan_folder
from napari_nuclei.data.layouts import find_splits, is_mask
from napari_nuclei.data.masks import (
    LABELS,
    ConvertedMask,
    extract_plane,
    merge_masks,
    read_mask,
)
from napari_nuclei.data.run_length_masks import find_run_lengths
from napari_nuclei.data.sample import Sample
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS, check_pixel_count
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.microscopes.plugins import is_microscope_name
from napari_nuclei.io.microscopes.scenes import warn_of_other_scenes
from napari_nuclei.io.outlines.run_lengths import decode_runs
from napari_nuclei.io.readers import (
    decode_image,
    is_image_name,
    read_image,
)
from napari_nuclei.model.user_models import hint_at_model

MAX_BYTES_PER_PIXEL = 16
"""Size of a pixel of four channels of 32 bits, in bytes."""

ReadFile = Callable[[str], ImageFile]
"""Takes the name of a file in a data set."""


@dataclass(frozen=True, slots=True)
class SampleFile:
    """An annotated image that has not been read.

    Attributes
    ----------
    name : str
        Name of the image file without suffix.
    read : callable
        Reads the image and its masks, and returns a Sample; raises OSError or
        ValueError if that is impossible.
    """

    name: str
    read: Callable[[], Sample]


def open_folder(
    path: Path,
    wanted: set[str] | None = None,
    labels: Path | None = None,
    *,
    partly: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> list[SampleFile]:
    """Find the images of one folder or zip file and their masks, without reading them.

    Parameters
    ----------
    path : Path
    wanted : set of str, optional
        Names of the images to find, without suffix; None finds all.
    labels : Path, optional
        CSV file with the masks as run lengths.
    partly : bool
        Whether some of `wanted` may be missing.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.

    Raises
    ------
    OSError
        If there is no such folder or zip file.
    ValueError
        If there are no images, an image has no mask, or a mask has no image.
    """
    if not path.exists():
        hint = hint_at_model(str(path))
        raise FileNotFoundError(f"{path}: There is no such folder or zip file{hint}")
    if path.is_dir():
        files = [p for p in sorted(path.rglob("*")) if is_image_name(p)]
        names = [p.relative_to(path).as_posix() for p in files]

        warned: set[str] = set()

        def read(name: str) -> ImageFile:
            if is_microscope_name(name):
                image = read_image(path / name, max_pixels=max_pixels)
                if name not in warned:  # a training reads an image more than once
                    warned.add(name)
                    warn_of_other_scenes(name, image.scenes)
                return image
            return decode_image((path / name).read_bytes(), name, max_pixels)

    elif zipfile.is_zipfile(path):
        # Stays open as long as the functions below, which read from it.
        archive = zipfile.ZipFile(path)
        names = [n for n in sorted(archive.namelist()) if is_image_name(Path(n))]
        names = [n for n in names if not n.startswith("__MACOSX")]

        def read(name: str) -> ImageFile:
            return read_member(archive, name, max_pixels)

    else:
        raise ValueError(
            f"{path} is neither a folder nor a zip file; give a folder of images and "
            "masks"
        )
    plan = plan_folder(path, names, wanted, labels, partly=partly)
    return [make_sample_file(plan, image, read) for image in plan.pairs]


def has_masks(path: Path) -> bool:
    """Return whether a folder or zip file contains masks, or parts with masks."""
    if find_splits(path):
        return True
    if path.is_dir():
        names = [p.relative_to(path) for p in path.rglob("*") if is_image_name(p)]
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = [Path(n) for n in archive.namelist() if is_image_name(Path(n))]
    else:
        return False
    images = {name.stem for name in names}
    return any(is_mask(PurePosixPath(name.as_posix())) for name in names) or bool(
        find_run_lengths(path, images)
    )


def make_sample_file(plan: FolderPlan, image: str, read: ReadFile) -> SampleFile:
    """Return an image of a plan as a file that can be read."""
    return SampleFile(PurePosixPath(image).stem, lambda: read_sample(plan, image, read))


def read_sample(plan: FolderPlan, image_name: str, read: ReadFile) -> Sample:
    """Read an image of a plan and its masks."""
    mask_names = plan.pairs[image_name]
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
    return Sample(name, image, mask.labels, mask_kind=mask.kind)


def read_member(
    archive: zipfile.ZipFile, name: str, max_pixels: int = MAX_PIXELS
) -> ImageFile:
    """Read an image file inside a zip file.

    Raises
    ------
    ValueError
        If the zip file is damaged, or the file is not an image or unpacks to more than
        `max_pixels` pixels.
    """
    packed = archive.getinfo(name)
    # The file itself is compressed once more: no pixel has more bytes than these.
    pixels = packed.file_size // MAX_BYTES_PER_PIXEL
    check_pixel_count(pixels, packed.compress_size, max_pixels, name)
    try:
        content = archive.read(name)
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(
            f"{archive.filename} is damaged ({error}); download or zip it again"
        ) from error
    return decode_image(content, name, max_pixels)
