"""Files that hold one image together: one for each channel, slice and frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.plates.plate_position import PlatePosition
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.microscopes.scenes import Scene
from napari_nuclei.io.readers import read_image

JOINED_AXES = "TZC"
"""Axes along which files are joined, in the order of the joined image."""

Index = tuple[str, str, str]
"""Texts of t, z and channel in the name of a file; empty if it has none."""


@dataclass(frozen=True, slots=True)
class ImageSet:
    """The files of one image.

    Attributes
    ----------
    name : str
        Name of the image, for messages.
    files : dict of (str, str, str) to Path
        By t, z and channel, as the names of the files state them.
    steps : tuple of tuple of str
        All values of t, of z and of the channel, in their order.
    channel_names : tuple of str
        Name of each channel, such as "w1" or "DAPI".
    position : PlatePosition, optional
        Well and field.
    """

    name: str
    files: Mapping[Index, Path]
    steps: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    channel_names: tuple[str, ...] = ()
    position: PlatePosition | None = None

    @property
    def several_channels(self) -> bool:
        """Whether the image has an axis of channels that the names state."""
        return len(self.channel_names) > 1

    def read(self, max_pixels: int = MAX_PIXELS, scene: Scene = None) -> ImageFile:
        """Read a scene of the files and join them; axes of one step are left out.

        Files of grey values that were saved as RGB are joined as grey.

        Raises
        ------
        OSError
            If a file cannot be read.
        ValueError
            If a file is missing, or the files do not fit each other.
        """
        indices = list(product(*self.steps))
        for index in indices:
            if index not in self.files:
                raise ValueError(f"{self.name} has no file for {describe_index(index)}")
        if len(indices) == 1:
            path = self.files[indices[0]]
            return read_image(path, scene=scene, max_pixels=max_pixels)
        axes = "".join(
            axis
            for axis, steps in zip(JOINED_AXES, self.steps, strict=True)
            if len(steps) > 1
        )
        joined: Any = None
        first: ImageFile | None = None
        for number, index in enumerate(indices):
            path = self.files[index]
            image = without_colours(
                read_image(path, scene=scene, max_pixels=max_pixels)
            )
            if first is None:
                first = image
                self._check_axes(path, image, axes)
                shape = (len(indices), *image.pixels.shape)
                joined = np.empty(shape, image.pixels.dtype)
            elif image.axes != first.axes or image.pixels.shape != joined.shape[1:]:
                raise ValueError(
                    f"{path.name} has the shape {image.pixels.shape} ({image.axes}), "
                    f"other files of this image have {joined.shape[1:]} ({first.axes})"
                )
            elif image.pixels.dtype != joined.dtype:
                raise ValueError(
                    f"{path.name} has pixels of {image.pixels.dtype}, other files of "
                    f"this image have {joined.dtype}"
                )
            joined[number] = image.pixels
        assert first is not None
        lengths = [len(steps) for steps in self.steps if len(steps) > 1]
        pixels = joined.reshape(*lengths, *joined.shape[1:])
        return ImageFile(
            pixels, axes + first.axes, first.pixel_size, first.z_spacing, first.notes
        )

    def _check_axes(self, path: Path, image: ImageFile, axes: str) -> None:
        for axis in axes:
            if axis in image.axes or (axis == "C" and "S" in image.axes):
                what = {"T": "frames", "Z": "slices", "C": "channels or colours"}[axis]
                raise ValueError(
                    f"{path.name} has {what} itself ({image.axes}), and its name "
                    "states them too. Give a pattern without them, or none"
                )


def without_colours(image: ImageFile) -> ImageFile:
    """Return a grey image that was saved as RGB, or in one colour, with one value.

    Other images are returned as they are.
    """
    if not image.axes.endswith("S"):
        return image
    colours = image.pixels[..., :3]
    if (colours == colours[..., :1]).all():
        return replace(image, pixels=colours[..., 0], axes=image.axes[:-1])
    used = [colour for colour in range(3) if colours[..., colour].any()]
    if len(used) == 1:
        return replace(image, pixels=colours[..., used[0]], axes=image.axes[:-1])
    return image


def describe_index(index: Index) -> str:
    """Return the frame, slice and channel of a file in words.

    Examples
    --------
    >>> describe_index(("", "03", "2"))
    'z 03, channel 2'
    """
    words = zip(("t", "z", "channel"), index, strict=True)
    return ", ".join(f"{word} {value}" for word, value in words if value)
