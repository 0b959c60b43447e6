"""The settings of segmentation."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from napari_nuclei.config.fields import check_limits, option

LENGTH_PATTERN = re.compile(r"^\s*([0-9.]+)\s*(um|µm|μm)\s*$")


@dataclass(frozen=True, slots=True)
class SegmentConfig:
    """How an image is segmented; None means the value of the model's card.

    Attributes
    ----------
    diameter : float or str
        Typical diameter of the nuclei: pixels of the image, "auto" to measure it,
        "native" to leave the image as it is, or a length such as "9um".
    probability : float, optional
        Foreground where the network's probability is at least this.
    splitting : float, optional
        Height of the inner distance, 0 to 1, above which a nucleus has its seed.
        Higher values split touching nuclei more readily.
    min_size, max_size : float, optional
        Smallest and largest nucleus that is kept, in pixels of the image.
    min_score : float, optional
        Lowest mean probability of a nucleus that is kept; 0 keeps all.
    drop_border : bool
        Drop nuclei that the border of the image cuts.
    numbering : str
        "stack" numbers nuclei from 1 over all planes of a stack, so that each label is
        one nucleus; "plane" starts again from 1 in each plane.
    tile : int
        Largest side of a tile, in pixels; a multiple of 32. Of the sides from the
        model's patch to this, the one is taken that covers the image with the fewest
        pixels.
    overlap : int
        Pixels that neighbouring tiles share; at most half of `tile`.
    """

    diameter: float | str = option(
        "auto", "diameter of the nuclei: auto, native, pixels (24) or length (9um)"
    )
    probability: float | None = option(
        None, "foreground where the probability is at least this", ge=0.01, le=0.99
    )
    splitting: float | None = option(
        None,
        "seed height, 0 to 1; higher splits touching nuclei more",
        ge=0.05,
        le=0.95,
    )
    min_size: float | None = option(
        None, "smallest nucleus that is kept, in pixels of the image", ge=0
    )
    max_size: float | None = option(
        None, "largest nucleus that is kept, in pixels of the image", ge=1
    )
    min_score: float | None = option(
        None, "drop nuclei whose mean probability is below this", ge=0, le=1
    )
    drop_border: bool = option(False, "drop nuclei that the image's border cuts")
    numbering: str = option(
        "stack",
        "number nuclei over the whole stack, or from 1 in each plane",
        choices=("stack", "plane"),
    )
    tile: int = option(
        288, "largest side of a tile in pixels, a multiple of 32", ge=32, le=4096
    )
    overlap: int = option(32, "pixels shared by neighbouring tiles", ge=0, le=2048)

    def __post_init__(self) -> None:
        check_limits(self)
        if self.tile % 32:
            raise ValueError(f"tile must be a multiple of 32; got {self.tile}")
        if self.overlap > self.tile // 2:
            raise ValueError(
                f"overlap must be at most half of tile ({self.tile // 2}); "
                f"got {self.overlap}"
            )
        self.diameter_in_pixels(1.0)

    def diameter_in_pixels(self, pixel_size: float | None) -> float | str:
        """Return the diameter in pixels, or "auto" or "native".

        Parameters
        ----------
        pixel_size : float, optional
            Size of a pixel, in micrometres.

        Raises
        ------
        ValueError
            If the diameter is not understood, or is a length and `pixel_size` is None.
        """
        value = self.diameter
        if value in ("auto", "native"):
            return value
        length = LENGTH_PATTERN.match(value) if isinstance(value, str) else None
        try:
            if isinstance(value, bool):
                raise TypeError("True would count as a diameter of 1 pixel")
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
                f"diameter {value!r} needs the size of a pixel, which the image does "
                "not state; give the diameter in pixels"
            )
        return number / pixel_size
