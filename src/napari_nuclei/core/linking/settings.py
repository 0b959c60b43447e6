"""The settings of joining the slices of a stack."""

from __future__ import annotations

from dataclasses import dataclass

FEW_SLICES = 4
"""A nucleus that spans fewer slices may be seen in a single one."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How the outlines of neighbouring slices are joined to nuclei.

    Attributes
    ----------
    min_iou : float
        Smallest intersection over union of two outlines of one nucleus.
    min_share : float
        Outlines are joined too if this share of the smaller one lies in the larger one,
        as at the ends of a nucleus.
    max_gap : int
        Number of slices that a nucleus may be missing in; 0 or 1.
    min_slices : int, optional
        Nuclei in fewer slices are removed. By default 2, or 1 if a ball as wide as the
        nuclei spans fewer than four slices.
    waist : float
        A nucleus whose light (or area, without an image) falls below this share of the
        light on both sides, and rises again, is two nuclei on top of each other; 0
        splits none.
    trim : float
        With an image: slices and pixels of a nucleus dimmer than this share of its
        brightest slice are light out of focus, and removed; 0 removes none.
    min_volume : float
        With an image: nuclei below this share of the median volume are debris, and
        removed, unless the border of the stack cuts them; 0 removes none.
    anisotropy : float
        Distance between slices divided by the side of a pixel.
    """

    min_iou: float = 0.25
    min_share: float = 0.7
    max_gap: int = 1
    min_slices: int | None = 2
    waist: float = 0.6
    trim: float = 0.2
    min_volume: float = 0.1
    anisotropy: float = 1.0

    def __post_init__(self) -> None:
        for name in ("min_iou", "min_share", "waist", "trim", "min_volume"):
            if not 0 <= (value := getattr(self, name)) <= 1:
                raise ValueError(f"{name} must be 0 to 1; got {value}")
        if self.max_gap not in (0, 1):
            raise ValueError(f"max_gap must be 0 or 1; got {self.max_gap}")
        if self.min_slices is not None and self.min_slices < 1:
            raise ValueError(f"min_slices must be 1 or more; got {self.min_slices}")

    def slices_needed(self, diameter: float) -> int:
        """Return the smallest number of slices of a nucleus.

        Parameters
        ----------
        diameter : float
            Typical diameter of the nuclei, in pixels; NaN if there are none.

        Examples
        --------
        >>> settings = LinkSettings(min_slices=None, anisotropy=5)
        >>> settings.slices_needed(18), settings.slices_needed(30)
        (1, 2)
        """
        if self.min_slices is not None:
            return self.min_slices
        return 1 if diameter / self.anisotropy < FEW_SLICES else 2


@dataclass(frozen=True, slots=True)
class NucleusLimits:
    """Which nuclei in 3-D are left out.

    Attributes
    ----------
    min_area, max_area : float, optional
        Limits of the area of the largest outline, in pixels.
    drop_border : bool
        Leave out nuclei that touch the border of a slice. The first and the last slice
        are no border.
    """

    min_area: float | None = None
    max_area: float | None = None
    drop_border: bool = False
