"""Small pictures of images with the outlines of their nuclei."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.colours import colour_labels
from napari_nuclei.core.measure.counts import PLANE_NOUNS
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.targets import label_edges
from napari_nuclei.io.microscopes.scenes import Scene
from napari_nuclei.report.open_pixels import layout_of, open_image, open_label_image

SIDES = ((24, 800), (100, 512), (1000, 320))
"""Longest side of a picture, in pixels, by the largest number of images."""

SMALLEST_SIDE = 200
"""Longest side of the pictures of more images than `SIDES` names."""

QUALITIES = (72, 50, 30)
"""Quality of WebP, 0 to 100; lower ones for pictures of noise, which get large."""

MIN_SIDE = 32
"""Side of a picture, in pixels, below which it is not made smaller."""

MAX_TOTAL_BYTES = 21_000_000
"""Largest size of all pictures together; as base64 they need a third more."""

LINE_SIDE = 300
"""Side of a picture, in pixels, for each pixel of the width of its outlines."""

ON_DARK, ON_BRIGHT = (255, 150, 0), (0, 60, 210)
"""Red, green and blue of outlines over fluorescence and over stained tissue."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture, and what its image is like.

    Attributes
    ----------
    content : bytes
        A WebP file.
    shape : tuple of int
        Height and width of the plane, in pixels.
    pixel_size : float, optional
        Side of a pixel, in µm.
    note : str
        Which plane of a stack it shows; empty for a single plane.
    """

    content: bytes
    shape: tuple[int, int]
    pixel_size: float | None = None
    note: str = ""

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return "data:image/webp;base64," + base64.b64encode(self.content).decode()


def side_for(count: int) -> int:
    """Return the longest side of a picture, in pixels, for a number of images.

    Examples
    --------
    >>> side_for(1), side_for(384), side_for(5000)
    (800, 320, 200)
    """
    return next((side for most, side in SIDES if count <= most), SMALLEST_SIDE)


def limit_for(count: int) -> int:
    """Return the largest size of a picture, in bytes, for a number of images.

    Examples
    --------
    >>> limit_for(1000)
    21000
    """
    return MAX_TOTAL_BYTES // max(1, count)


def read_picture(
    image: Path | None,
    labels: Path | None,
    *,
    side: int,
    max_bytes: int = MAX_TOTAL_BYTES,
    axes: str | None = None,
    channel: int | str | None = None,
    scene: Scene = None,
) -> Picture:
    """Read an image and its labels, and draw a small picture.

    Parameters
    ----------
    image, labels : Path, optional
        At least one of them. Of a stack the middle plane is shown.
    side : int
        Longest side of the picture, in pixels.
    max_bytes : int
        Size of the picture above which it is compressed more.
    axes : str, optional
        Axes of the image, if the file does not state them.
    channel : int or str, optional
        Channel that was segmented.
    scene : int or str, optional
        Scene that was segmented.

    Raises
    ------
    OSError, TypeError, ValueError
        If a file cannot be read or shown.
    """
    opened = None if image is None else open_image(image, scene)
    layout = None if opened is None else layout_of(opened, axes, channel)
    stored = None if labels is None else open_label_image(labels, layout)
    marks = None if stored is None else layout_of(stored, None, 0)
    main = layout or marks
    if main is None:
        raise ValueError("its image and its labels were not found")
    middle = main.plane_index(int(np.prod(stack_sizes(main), dtype=int)) // 2)
    plane = outlined = None
    if opened is not None and layout is not None:
        plane = layout.read_plane(opened.pixels, middle)
    note = describe_plane(main, middle)
    if stored is not None and marks is not None:
        # Labels of joined files have slices that each file lacks; its own is the first.
        where = dict(zip(main.stack_axes, middle, strict=True))
        index = tuple(where.get(axis, 0) for axis in marks.stack_axes)
        sizes = stack_sizes(marks)
        if all(n < size for n, size in zip(index, sizes, strict=True)):
            outlined = marks.read_plane(stored.pixels, index)
            note = note or describe_plane(marks, index)
    if plane is not None and outlined is not None and outlined.shape != plane.shape[:2]:
        outlined = None  # the image has changed since
    content = encode_webp(draw_picture(plane, outlined, side), max_bytes)
    sizes_stated = (
        source.pixel_size for source in (stored, opened) if source is not None
    )
    return Picture(
        content, main.plane_shape, next(filter(None, sizes_stated), None), note
    )


def stack_sizes(layout: PlaneLayout) -> list[int]:
    """Return the number of planes along each axis of a stack."""
    return [layout.size(axis) for axis in layout.stack_axes]


def describe_plane(layout: PlaneLayout, index: tuple[int, ...]) -> str:
    """Return which plane of a stack is shown, such as "slice 5 of 9"."""
    parts = [
        f"{PLANE_NOUNS.get(axis, f'{axis}')} {number + 1} of {layout.size(axis)}"
        for axis, number in zip(layout.stack_axes, index, strict=True)
        if layout.size(axis) > 1
    ]
    return ", ".join(parts)


def draw_picture(
    plane: NDArray[Any] | None, labels: NDArray[np.integer] | None, side: int
) -> NDArray[np.uint8]:
    """Draw a plane at a small size, with the outlines of its nuclei.

    Parameters
    ----------
    plane : ndarray of shape (Y, X) or (Y, X, S), optional
        Without it the nuclei are filled with colours.
    labels : ndarray of int, shape (Y, X), optional
    side : int
        Longest side of the picture, in pixels. A smaller plane is not enlarged.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
        RGB.
    """
    shown = plane if plane is not None else labels
    assert shown is not None
    scale = min(1.0, side / max(shown.shape[:2]))
    height, width = (max(2, round(n * scale)) for n in shown.shape[:2])
    if plane is None:
        filled = resize(np.asarray(labels), width, height, cv2.INTER_NEAREST_EXACT)
        return colour_labels(filled.astype(np.int32))
    picture = scale_to_bytes(plane, width, height)
    if labels is None:
        return picture
    # Outlines are found at twice the size, so that they are thin and smooth.
    twice = resize(labels, 2 * width, 2 * height, cv2.INTER_NEAREST_EXACT)
    edges = label_edges(twice.astype(np.int32)).astype(np.float32)
    # Large pictures are shown at a small size too, where thin lines would vanish.
    thickness = 2 * round(max(width, height) / LINE_SIDE) - 1
    if thickness > 1:
        edges = np.asarray(cv2.dilate(edges, np.ones((thickness, thickness))))
    opacity = resize(edges, width, height, cv2.INTER_AREA)
    opacity = np.minimum(1.0, 2 * opacity)[..., None]
    bright = plane.ndim == 3 and picture.mean() > 127
    colour = np.array(ON_BRIGHT if bright else ON_DARK, np.float32)
    mixed = picture * (1 - opacity) + colour * opacity
    return np.asarray(mixed + 0.5, np.uint8)


def scale_to_bytes(plane: NDArray[Any], width: int, height: int) -> NDArray[np.uint8]:
    """Return a plane at another size, as RGB from 0 to 255.

    The smaller plane is normalised, which is quicker and leaves out single hot pixels.
    """
    if plane.dtype.kind != "f":
        plane = plane.astype(np.uint8 if plane.dtype.itemsize == 1 else np.float32)
    else:
        plane = np.nan_to_num(plane, posinf=0.0, neginf=0.0).astype(np.float32)
    small = resize(plane, width, height, cv2.INTER_AREA)
    return np.asarray(normalize(small) * 255 + 0.5, np.uint8)


def resize(
    pixels: NDArray[Any], width: int, height: int, interpolation: int
) -> NDArray[Any]:
    """Return pixels at another size; OpenCV resizes numbers of 32 bits as floats."""
    if pixels.dtype.kind in "iu" and pixels.dtype.itemsize > 2:
        pixels = pixels.astype(np.int32)
    elif pixels.dtype.kind == "b":
        pixels = pixels.astype(np.uint8)
    pixels = np.ascontiguousarray(pixels)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=interpolation))


def encode_webp(picture: NDArray[np.uint8], max_bytes: int = MAX_TOTAL_BYTES) -> bytes:
    """Return a picture of shape (Y, X, 3) as a WebP file of at most `max_bytes`.

    A larger one is compressed more, and then made smaller.
    """
    bgr = np.ascontiguousarray(picture[..., ::-1])
    for quality in QUALITIES:
        options = [cv2.IMWRITE_WEBP_QUALITY, quality]
        done, content = cv2.imencode(".webp", bgr, options)
        if not done:
            raise ValueError("its picture cannot be encoded as WebP")
        if len(content) <= max_bytes or min(bgr.shape[:2]) < MIN_SIDE:
            return bytes(content.tobytes())
    height, width = (side * 2 // 3 for side in picture.shape[:2])
    return encode_webp(resize(picture, width, height, cv2.INTER_AREA), max_bytes)
