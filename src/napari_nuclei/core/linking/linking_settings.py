"""The settings of joining the slices of a stack."""

from __future__ import annotations

from dataclasses import dataclass

from napari_nuclei.config.number_checks import (
    check_above_zero,
    check_share,
    check_whole,
)

FEW_SLICES = 4
"""A nucleus that spans fewer slices may be seen in a single one, and light out of focus
shows most of it in the slices next to it."""

WAIST = {True: 0.7, False: 0.6}
"""Default of `waist`, for nuclei that span few slices and for others."""

TRIM = {True: 0.5, False: 0.2}
"""Default of `trim`, for nuclei that span few slices and for others."""

MIN_SLICES = {True: 1, False: 2}
"""Default of `min_slices`, for nuclei that span few slices and for others."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How the outlines of neighbouring slices are joined to nuclei.

    Attributes
    ----------
    min_iou : float
        Smallest intersection over union of two outlines of one nucleus.
    min_share : float
        Outlines are joined too if this fraction of the smaller one lies in the larger
        one, as at the ends of a nucleus.
    max_gap : int
        Number of slices that a nucleus may be missing in; 0 or 1.
    min_slices : int, optional
        Nuclei in fewer slices are removed. By default 2; 1 if a ball as wide as the
        nuclei spans fewer than four slices.
    waist : float, optional
        A nucleus whose light (or area, without an image) falls below this fraction of
        the light on both sides, and rises again, is two nuclei on top of each other; 0
        splits none. By default .6; .7 if nuclei span fewer than four slices.
    trim : float, optional
        With an image: slices and pixels of a nucleus dimmer than this fraction of its
        brightest slice are light out of focus, and removed; 0 removes none. By default
        .2; .5 if nuclei span fewer than four slices.
    min_volume : float
        With an image: nuclei below this fraction of the median volume are debris, and
        removed, unless the border of the stack cuts them; 0 removes none.
    min_light : float, optional
        With an image: nuclei of less than half of the median volume are light out of
        focus or noise, and removed, if their summed light is below this fraction of the
        median at their depth; 0 removes none. By default the value of `min_volume`.
    anisotropy : float
        Distance between slices divided by the side of a pixel.
    """

    min_iou: float = 0.25
    min_share: float = 0.7
    max_gap: int = 1
    min_slices: int | None = None
    waist: float | None = None
    trim: float | None = None
    min_volume: float = 0.1
    min_light: float | None = None
    anisotropy: float = 1.0

    def __post_init__(self) -> None:
        for name in ("min_iou", "min_share", "min_volume"):
            check_share(name, getattr(self, name))
        for name in ("waist", "trim", "min_light"):
            if getattr(self, name) is not None:
                check_share(name, getattr(self, name))
        if self.max_gap not in (0, 1):
            raise ValueError(f"max_gap must be 0 or 1; got {self.max_gap!r}")
        if self.min_slices is not None:
            check_whole("min_slices", self.min_slices, 1)
        check_above_zero("anisotropy", self.anisotropy)

    def chosen_for(self, diameter: float) -> ChosenSettings:
        """Return the settings with defaults that suit the height of the nuclei.

        Parameters
        ----------
        diameter : float
            Typical diameter of the nuclei, in pixels; NaN if there are none.

        Examples
        --------
        >>> LinkSettings(anisotropy=5).chosen_for(18)
        ChosenSettings(min_slices=1, waist=0.7, trim=0.5, min_light=0.1)
        >>> LinkSettings(trim=0.4).chosen_for(18)
        ChosenSettings(min_slices=2, waist=0.6, trim=0.4, min_light=0.1)
        """
        few = diameter / self.anisotropy < FEW_SLICES
        return ChosenSettings(
            MIN_SLICES[few] if self.min_slices is None else self.min_slices,
            WAIST[few] if self.waist is None else self.waist,
            TRIM[few] if self.trim is None else self.trim,
            self.min_volume if self.min_light is None else self.min_light,
        )


@dataclass(frozen=True, slots=True)
class ChosenSettings:
    """The settings of `LinkSettings` whose defaults depend on something else."""

    min_slices: int
    waist: float
    trim: float
    min_light: float


@dataclass(frozen=True, slots=True)
class NucleusLimits:
    """Which nuclei in 3-D are left out.

    Attributes
    ----------
    min_area, max_area : float, optional
        Limits of the area of the largest outline, in pixels.
    drop_border : bool
        Leave out nuclei that touch the border of a slice. The first and the last slice
        are not a border.
    """

    min_area: float | None = None
    max_area: float | None = None
    drop_border: bool = False
