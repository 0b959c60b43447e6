"""Image files that are read whole, with their axes and pixel size."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.channel_names import reading_notes
from napari_nuclei.io.checks.picture_headers import count_picture_pixels
from napari_nuclei.io.checks.pixel_limit import (
    MAX_PIXELS,
    PixelLimitError,
    check_pixel_count,
)
from napari_nuclei.io.tiff_metadata import (
    assumed_axes_note,
    check_single_image,
    count_pixels,
    list_images,
    tiff_axes,
    tiff_calibration,
    white_value,
)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """The content of an image file.

    Attributes
    ----------
    pixels : ndarray
        All planes and channels, with the axes in the order of the file.
    axes : str
        One letter an axis: T, Z, C, Y, X, S for the samples of RGB and RGBA, or Q for
        axes that the file does not name.
    pixel_size : float, optional
        Side of a pixel, in µm; None if the file does not state it or pixels are not
        square.
    z_spacing : float, optional
        Distance between the planes of a z stack, in µm; None if the file does not
        state it.
    notes : tuple of str
        Remarks on how the file was read, one sentence each.
    axes_note : str
        What was assumed about axes that the file does not name, if anything.
    white : int, optional
        Value by which the pixels of a min-is-white TIFF were inverted.
    channel_names : tuple of str
        Name of each channel, if the file states them and they can be chosen by name.
    scenes : tuple of str
        Names of all scenes (positions, wells) of a file of a microscope, of which one
        was read; empty for other files.
    """

    pixels: NDArray[Any]
    axes: str
    pixel_size: float | None = None
    z_spacing: float | None = None
    notes: tuple[str, ...] = ()
    white: int | None = None
    axes_note: str = ""
    channel_names: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()

    def notes_with(
        self, axes: str | None, channel: int | str | None = None
    ) -> tuple[str, ...]:
        """Return the notes; `axes` and `channel` are what the user chose."""
        return reading_notes(
            self.notes, self.axes_note, axes, self.channel_names, channel
        )

    @property
    def stored_pixels(self) -> NDArray[Any]:
        """The pixels as the file holds them: labels are numbers, never inverted."""
        return self.pixels if self.white is None else invert(self.pixels, self.white)


def invert(pixels: NDArray[Any], white: int) -> NDArray[Any]:
    """Swap black and white of integers or bools; `white` is the value of white.

    Examples
    --------
    >>> invert(np.array([0, 1, 255], np.uint8), 255).tolist()
    [255, 254, 0]
    """
    inverted: NDArray[Any] = np.bitwise_xor(pixels, pixels.dtype.type(white))
    return inverted


def decode_picture(
    content: bytes, name: str, max_pixels: int = MAX_PIXELS
) -> ImageFile:
    """Decode a file of a format of OpenCV; raise ValueError if it cannot be read."""
    pixels = None
    if check_picture_size(content, name, max_pixels):
        with suppress(cv2.error):
            buffer = np.frombuffer(content, np.uint8)
            pixels = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError(f"{name} is not an image that can be read (PNG, JPEG or TIFF)")
    if pixels.ndim == 2:
        return ImageFile(pixels, "YX")
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return ImageFile(cv2.cvtColor(pixels, code), "YXS")


def check_picture_size(content: bytes, name: str, max_pixels: int) -> bool:
    """Return whether a picture states its pixels; raise ValueError if too many.

    A picture whose number of pixels is unknown must not be decoded.
    """
    pixels = count_picture_pixels(content)
    if pixels is not None:
        check_pixel_count(pixels, len(content), max_pixels, name)
    return pixels is not None


def decode_gif(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> ImageFile:
    """Decode all frames of a GIF file; several ones are a time series.

    Frames of equal red, green and blue are grey; alpha is left out.
    """
    frames: Sequence[NDArray[Any]] = ()
    if check_picture_size(content, name, max_pixels):
        with suppress(cv2.error):
            buffer = np.frombuffer(content, np.uint8)
            _, frames = cv2.imdecodemulti(buffer, cv2.IMREAD_COLOR_RGB)
    if not len(frames) or len({frame.shape for frame in frames}) > 1:
        raise ValueError(f"{name} is not a GIF that can be read. Save it as TIFF")
    pixels, axes = np.stack(frames), "TYXS"
    if (pixels == pixels[..., :1]).all():
        pixels, axes = pixels[..., 0], "TYX"
    return (
        ImageFile(pixels, axes) if len(frames) > 1 else ImageFile(pixels[0], axes[1:])
    )


def decode_tiff(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> ImageFile:
    """Decode the first series of a TIFF file."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            series, images = file.series[0], list_images(file)
            check_pixel_count(count_pixels(series), len(content), max_pixels, name)
            pixels, axes = series.asarray(), tiff_axes(series)
            axes_note = assumed_axes_note(series)
            palette = None if file.is_imagej else series.keyframe.colormap
            calibration, white = tiff_calibration(file), white_value(series)
    except PixelLimitError:
        raise
    except Exception as error:  # a damaged file makes tifffile raise almost anything
        raise ValueError(f"{name} is not a TIFF that can be read ({error})") from error
    if pixels.ndim != len(axes) or not pixels.size:
        raise ValueError(f"{name} is damaged: some of its pixels are missing")
    check_single_image(images, name)
    if "K" in axes:
        raise ValueError(f"{name} has the colours of print (CMYK). Save it as RGB")
    if "A" in axes:  # grey with alpha
        pixels = np.take(pixels, 0, axes.index("A"))
        axes = axes.replace("A", "")
    if "S" in axes and not axes.endswith("S"):  # RGB stored plane by plane
        pixels = np.moveaxis(pixels, axes.index("S"), -1)
        axes = axes.replace("S", "") + "S"
    if palette is not None:
        if palette.shape[1] <= int(pixels.max(initial=0)):
            raise ValueError(f"{name} is damaged: its palette has too few colours")
        pixels = pixels.astype(np.uint16)  # bools would select, not look up
        pixels = np.moveaxis((palette >> 8).astype(np.uint8)[:, pixels], 0, -1)
        axes += "S"
    if white is not None:
        pixels = invert(pixels, white)
    return ImageFile(
        pixels=pixels,
        axes=axes,
        pixel_size=calibration.pixel_size,
        z_spacing=calibration.z_spacing,
        notes=calibration.notes,
        white=white,
        axes_note=axes_note,
    )
