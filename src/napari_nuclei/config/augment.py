"""The settings of augmentation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from napari_nuclei.config.fields import check_limits, option


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How training patches are varied; 0 or False switches a variation off.

    Intensities are those of the normalised image, 0 to 1.
    """

    flip: bool = option(True, "mirror patches")
    rotate: bool = option(True, "turn patches by any angle")
    scale: float = option(2.0, "enlarge or shrink by up to this factor", ge=1, le=8)
    brightness: float = option(0.15, "largest shift of the intensity", ge=0, le=1)
    contrast: float = option(0.3, "largest relative change of contrast", ge=0, le=0.9)
    gamma: float = option(0.4, "largest change of log gamma", ge=0, le=2)
    blur: float = option(1.2, "largest sigma of blurring, in pixels", ge=0, le=10)
    noise: float = option(0.04, "largest sigma of added noise", ge=0, le=1)
    colour: float = option(0.1, "largest change of a colour channel", ge=0, le=1)
    hue: float = option(
        0.0,
        "largest turn of the hue, 1 for half a turn, with its saturation",
        ge=0,
        le=1,
    )
    grey: float = option(0.0, "share of coloured patches made grey", ge=0, le=1)
    brown: float = option(
        0.0,
        "share of patches of stained tissue that are recoloured as of brown (DAB)",
        ge=0,
        le=1,
    )
    invert: float = option(0.1, "share of patches that are inverted", ge=0, le=1)

    def __post_init__(self) -> None:
        check_limits(self)

    @classmethod
    def none(cls) -> AugmentConfig:
        """Return the configuration that changes nothing."""
        usual = asdict(cls())
        off: dict[str, Any] = {name: type(usual[name])() for name in usual}
        return cls(**off | {"scale": 1.0})
