"""The settings of augmentation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from napari_nuclei.config.fields import check_limits, named_settings, option


@named_settings
@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """Random variations of training patches; 0 or False switches one off.

    Intensities are those of the normalised image, 0 to 1.

    Attributes
    ----------
    flip : bool
        Mirror patches.
    rotate : bool
        Rotate patches by any angle.
    scale : float
        Enlarge or shrink patches by up to this factor; 1 leaves their size.
    brightness : float
        Raise or lower all intensities by up to this value.
    contrast : float
        Change contrast by up to this fraction.
    gamma : float
        Raise intensities to a power between ``exp(-gamma)`` and ``exp(gamma)``.
    blur : float
        Blur with a Gaussian of up to this sigma, in pixels.
    noise : float
        Add Gaussian noise of up to this standard deviation.
    colour : float
        Scale each colour channel by up to this fraction.
    hue : float
        Largest rotation of the hue; 1 is half a turn. Saturation varies too.
    grey : float
        Fraction of colour patches that are turned to grey.
    dab : float
        Fraction of stained-tissue patches that are recoloured as if stained with DAB.
    invert : float
        Fraction of patches that are inverted.
    stain : float
        Strength, 0 to 1, of random changes of colours and amounts of stains.
    stain_mix : float
        Fraction of stained-tissue patches that get the stains of another patch.
    counterstain : float
        Fraction of stained-tissue patches whose eosin is removed or turned brown.
    light : float
        Strength, 0 to 1, of uneven illumination and wrong white balance.
    defocus : float
        Fraction of patches that are blurred as if out of focus.
    jpeg : float
        Fraction of patches that are compressed as JPEG.
    background : float
        Fraction of fluorescence patches that get an uneven, bright background.
    shot_noise : float
        Fraction of fluorescence patches that get noise as of few photons.
    hot_pixels : float
        Fraction of fluorescence patches that get saturated and hot pixels.
    graphics : float
        Fraction of patches that get a scale bar or an empty border.
    """

    flip: bool = option(True, "mirror patches")
    rotate: bool = option(True, "rotate patches by any angle")
    scale: float = option(
        2.0, "largest factor by which patches are enlarged or shrunk", ge=1, le=8
    )
    brightness: float = option(
        0.15, "largest change of brightness, as a fraction of the range", ge=0, le=1
    )
    contrast: float = option(
        0.3, "largest change of contrast, as a fraction", ge=0, le=0.9
    )
    gamma: float = option(0.4, "largest change of the logarithm of gamma", ge=0, le=2)
    blur: float = option(1.2, "largest sigma of Gaussian blur, in pixels", ge=0, le=10)
    noise: float = option(
        0.04,
        "largest standard deviation of noise, as a fraction of the range",
        ge=0,
        le=1,
    )
    colour: float = option(
        0.1, "largest change of a colour channel, as a fraction", ge=0, le=1
    )
    hue: float = option(
        0.0, "largest rotation of the hue; 1 is half a turn", ge=0, le=1
    )
    grey: float = option(
        0.0, "fraction of colour patches that are turned to grey", ge=0, le=1
    )
    dab: float = option(
        0.0,
        "fraction of stained-tissue patches that are recoloured as DAB stain (brown)",
        ge=0,
        le=1,
    )
    invert: float = option(0.1, "fraction of patches that are inverted", ge=0, le=1)
    stain: float = option(
        0.0, "strength of random changes of stain colours and amounts", ge=0, le=1
    )
    stain_mix: float = option(
        0.0,
        "fraction of stained-tissue patches that get the stains of another patch",
        ge=0,
        le=1,
    )
    counterstain: float = option(
        0.0,
        "fraction of stained-tissue patches whose eosin is removed or turned brown",
        ge=0,
        le=1,
    )
    light: float = option(
        0.0, "strength of uneven illumination and wrong white balance", ge=0, le=1
    )
    defocus: float = option(
        0.0, "fraction of patches that are blurred as if out of focus", ge=0, le=1
    )
    jpeg: float = option(
        0.0, "fraction of patches that are compressed as JPEG", ge=0, le=1
    )
    background: float = option(
        0.0,
        "fraction of fluorescence patches that get an uneven, bright background",
        ge=0,
        le=1,
    )
    shot_noise: float = option(
        0.0,
        "fraction of fluorescence patches that get noise as of few photons",
        ge=0,
        le=1,
    )
    hot_pixels: float = option(
        0.0,
        "fraction of fluorescence patches that get saturated and hot pixels",
        ge=0,
        le=1,
    )
    graphics: float = option(
        0.0, "fraction of patches that get a scale bar or an empty border", ge=0, le=1
    )

    def __post_init__(self) -> None:
        check_limits(self)

    @classmethod
    def none(cls) -> AugmentConfig:
        """Return the configuration that changes nothing."""
        defaults = asdict(cls())
        off: dict[str, Any] = {name: type(defaults[name])() for name in defaults}
        return cls(**off | {"scale": 1.0})
