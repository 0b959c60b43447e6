"""The settings of segmentation."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypedDict

from napari_nuclei.config.fields import check_limits, named_settings, option

LENGTH_PATTERN = re.compile(r"^\s*([0-9.]+)\s*(um|µm|μm)\s*$")


class SegmentSettings(TypedDict, total=False):
    """The fields of `SegmentConfig`, as keywords of functions."""

    diameter: float | str
    probability: float | None
    splitting: float | None
    min_size: float | None
    max_size: float | None
    min_confidence: float | None
    drop_border: bool
    numbering: str
    join: str
    track: bool
    frame_interval: float | None
    correct: bool
    skip_flat: bool
    tile: int
    overlap: int


@named_settings
@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """How an image is segmented; None takes the value from the model card.

    Attributes
    ----------
    diameter : float or str
        Typical diameter of the nuclei: a number of image pixels such as 24, "auto" to
        measure it, "native" to leave the image at its size, or a length such as "9um".
    probability : float, optional
        Lowest foreground probability of a pixel of a nucleus. Lower values find fainter
        nuclei.
    splitting : float, optional
        Lowest inner distance, 0 to 1, of a marker. Higher values separate touching
        nuclei more.
    min_size, max_size : float, optional
        Smallest and largest area of a nucleus, in pixels of the image. Without
        `max_size` there is no largest area.
    min_confidence : float, optional
        Lowest confidence of a nucleus, 0 to 1; 0 for no limit. The confidence is the
        probability that the nucleus is right, or the mean foreground probability if
        the model is not calibrated. The value from the model card moves with
        `probability`, so that a lower one does not find fewer nuclei.
    drop_border : bool
        Leave out nuclei that touch the border of the image.
    numbering : str
        "stack" numbers nuclei from 1 over all planes of a stack, so that each label is
        one nucleus; "plane" starts again from 1 in each plane.
    join : str
        "z" joins the outlines of neighbouring slices: a nucleus has one number in 3-D,
        and limits of the area apply to its largest outline. "none" leaves the slices of
        a stack independent.
    track : bool
        Follow nuclei along the axis of time: a nucleus has one number in all frames.
    frame_interval : float, optional
        Time between two frames, in seconds, for the speeds of tracked nuclei.
    correct : bool
        Correct a plane if the network then finds more nuclei: set padding and extreme
        pixels to background, subtract an uneven background, and smooth noise.
    skip_flat : bool
        Do not run the network on tiles that show an even background, such as glass or
        the dark parts of a slide.
    tile : int
        Largest side of a tile, in pixels; a multiple of 32. Of the sides from the
        model's patch size to this one, the side is used whose tiles cover the image
        with the fewest pixels.
    overlap : int
        Pixels shared by neighbouring tiles; at most half of `tile`.
    """

    diameter: float | str = option(
        "auto",
        "diameter of the nuclei: auto, native (do not resize), a number of pixels (24) "
        "or a length (9um)",
    )
    probability: float | None = option(
        None,
        "lowest foreground probability of a nucleus' pixels; lower finds fainter "
        "nuclei",
        ge=0.01,
        le=0.99,
    )
    splitting: float | None = option(
        None,
        "lowest inner distance of a marker, 0 to 1; higher separates touching nuclei "
        "more",
        ge=0.05,
        le=0.95,
    )
    min_size: float | None = option(
        None, "smallest area of a nucleus, in pixels of the image", ge=0
    )
    max_size: float | None = option(
        None, "largest area of a nucleus, in pixels of the image", ge=1
    )
    min_confidence: float | None = option(
        None, "lowest confidence of a nucleus, 0 to 1", ge=0, le=1
    )
    drop_border: bool = option(
        False, "leave out nuclei that touch the border of the image"
    )
    numbering: str = option(
        "stack",
        "number nuclei over the whole stack, or from 1 in each plane",
        choices=("stack", "plane"),
    )
    join: str = option(
        "none",
        "join the slices of a z stack, so that each nucleus has one number in 3-D",
        choices=("none", "z"),
    )
    track: bool = option(
        False, "follow nuclei over time, so that each has one number in all frames"
    )
    frame_interval: float | None = option(
        None, "seconds between two frames, for the speeds of tracked nuclei", ge=1e-9
    )
    correct: bool = option(
        True,
        "set padding and extreme pixels to background, subtract an uneven background, "
        "and smooth noise, if more nuclei are then found",
    )
    skip_flat: bool = option(
        True, "do not run the network on tiles of even background, such as glass"
    )
    tile: int = option(
        288, "largest side of a tile in pixels, a multiple of 32", ge=32, le=4096
    )
    overlap: int = option(32, "pixels shared by neighbouring tiles", ge=0, le=2048)

    def __post_init__(self) -> None:
        check_limits(self)
        smallest, largest = self.min_size, self.max_size
        if smallest is not None and largest is not None and smallest > largest:
            raise ValueError(
                f"max_size must be at least min_size ({smallest:g}); got {largest:g}"
            )
        if self.tile % 32:
            raise ValueError(f"tile must be a multiple of 32; got {self.tile}")
        if self.overlap > self.tile // 2:
            raise ValueError(
                f"overlap must be at most half of tile ({self.tile // 2}); "
                f"got {self.overlap}"
            )
        self.diameter_in_pixels(1.0)

    @property
    def selects_by_model(self) -> bool:
        """Whether all thresholds and filters are those of the model."""
        thresholds = (self.probability, self.splitting, self.min_confidence)
        sizes = (self.min_size, self.max_size)
        return (*thresholds, *sizes) == (None,) * 5 and not self.drop_border

    def diameter_in_pixels(self, pixel_size: float | None) -> float | str:
        """Return the diameter in pixels, or "auto" or "native".

        Parameters
        ----------
        pixel_size : float, optional
            Side of a pixel, in µm.

        Raises
        ------
        ValueError
            If the diameter is not valid, or is a length and `pixel_size` is None.
        """
        value = self.diameter
        if value in ("auto", "native"):
            return value
        length = LENGTH_PATTERN.match(value) if isinstance(value, str) else None
        try:
            if isinstance(value, bool):
                raise TypeError("True is not a diameter")
            number = float(length[1] if length else value)
        except (TypeError, ValueError):
            number = math.nan
        if not (math.isfinite(number) and number > 0):
            raise ValueError(
                "diameter must be auto, native, a number of pixels (24) or a length "
                f"(9um), greater than 0; got {value!r}"
            )
        if not length:
            return number
        if pixel_size is None:
            raise ValueError(
                f"diameter {value!r} needs a pixel size, which the image does not "
                "state; give the pixel size, or the diameter in pixels"
            )
        return number / pixel_size
