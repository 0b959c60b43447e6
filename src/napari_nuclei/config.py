"""The settings of segmentation, of the network and of training.

Each field carries its help text and its limits, so that the Python keywords, the
command line's options and the widgets' forms are made from one description.
"""

from __future__ import annotations

import math
import numbers
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any

MICROMETRES = re.compile(r"^\s*([0-9.]+)\s*(um|µm|μm)\s*$")


def option(
    default: Any,
    help: str,
    *,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """Return a dataclass field with its help text and its inclusive limits."""
    limits = {"help": help, "ge": ge, "le": le, "choices": choices}
    return field(default=default, metadata=limits)


def check_limits(config: Any) -> None:
    """Raise ValueError for the first field of a dataclass outside its limits."""
    for item in fields(config):
        value, limit = getattr(config, item.name), item.metadata
        if value is None or not limit:
            continue
        if limit["choices"] and value not in limit["choices"]:
            allowed = ", ".join(limit["choices"])
            raise ValueError(f"{item.name} must be one of {allowed}; got {value!r}")
        if limit["ge"] is None and limit["le"] is None:
            continue
        if not isinstance(value, numbers.Real) or not math.isfinite(value):
            raise ValueError(f"{item.name} must be a finite number; got {value!r}")
        if str(item.type).startswith("int") and not isinstance(value, numbers.Integral):
            raise ValueError(f"{item.name} must be a whole number; got {value!r}")
        if limit["ge"] is not None and value < limit["ge"]:
            raise ValueError(f"{item.name} must be at least {limit['ge']}; got {value}")
        if limit["le"] is not None and value > limit["le"]:
            raise ValueError(f"{item.name} must be at most {limit['le']}; got {value}")


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
        length = MICROMETRES.match(value) if isinstance(value, str) else None
        try:
            number = float(length[1] if length else value)
        except ValueError:
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


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The shape of the network.

    Attributes
    ----------
    alpha : float
        Width of the MobileNetV2 encoder.
    decoder : tuple of int
        Channels of the decoder at strides 16, 8, 4 and 2.
    stem : int
        Channels of the stem, which sees the image as it is.
    finest : int
        Stride of the stem and of the finest features: 1 has a decoder stage at full
        resolution; 2 has none, each feature tells of 2x2 pixels, which is faster.
    encoder_weights : str, optional
        None for random weights, "imagenet", the path of a MobileNetV2 weights file, or
        of a `.keras` file, of which all layers are taken that fit.
    """

    alpha: float = option(1.0, "width of the MobileNetV2 encoder", ge=0.1, le=1.4)
    decoder: tuple[int, ...] = option(
        (128, 64, 32, 16), "channels of the decoder at strides 16, 8, 4 and 2"
    )
    stem: int = option(16, "channels of the stem", ge=1, le=64)
    finest: int = option(
        2, "stride of the finest features: 1, or 2 for more speed", ge=1, le=2
    )
    encoder_weights: str | None = option(
        None, "weights to start from: imagenet, a MobileNetV2 file or a .keras file"
    )

    def __post_init__(self) -> None:
        check_limits(self)
        if len(self.decoder) != 4 or min(self.decoder) < 1:
            raise ValueError(
                "decoder must name four positive channel counts, for strides 16, 8, 4 "
                f"and 2; got {self.decoder}"
            )


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
    invert: float = option(0.1, "share of patches that are inverted", ge=0, le=1)

    def __post_init__(self) -> None:
        check_limits(self)

    @classmethod
    def none(cls) -> AugmentConfig:
        """Return the configuration that changes nothing."""
        usual = asdict(cls())
        off: dict[str, Any] = {name: type(usual[name])() for name in usual}
        return cls(**off | {"scale": 1.0})


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a network is trained.

    Attributes
    ----------
    steps : int, optional
        Batches in an epoch; None for one look at about every part of the images.
    budget : float, optional
        Seconds after which training ends, whatever the epochs.
    patience : int
        Epochs without a better validation loss after which training stops.
    ema : float
        Momentum of the moving average of the weights that is kept; 0 for none.
    diameter : float, optional
        Typical diameter of the nuclei that the model is for, in pixels; the base
        model's if None, or else the median of the training images'.
    keep : str
        Which epoch's averaged weights a training ends with. The last one's outlines
        may be the truest though an earlier one's probabilities fit better.
    blend : float
        The model gets this share of the weights that were learnt and the rest of those
        that training began with, which keeps more of what these knew (Wortsman et al.,
        "Robust fine-tuning of zero-shot models", 2022,
        https://arxiv.org/abs/2109.01903).
    gap_weight : float
        Pixels within two pixels of two nuclei weigh 1 more than this in the loss.
    norms : str
        "keep" leaves batch normalisation as the base has it: the few nuclei of a
        quick training tell too little of what is usual.
    unpainted : str
        "unknown" learns and counts nothing where nothing is painted, but for a margin
        around each nucleus.
    """

    epochs: int = option(40, "passes over the training images", ge=1, le=100_000)
    batch: int = option(64, "patches in a batch", ge=1, le=4096)
    steps: int | None = option(None, "batches in an epoch", ge=1)
    budget: float | None = option(
        None,
        "most seconds until the weights are learnt, loading included; the learning "
        "rate falls to its end by then. With a base a fifth is kept for what follows",
        ge=1,
    )
    learning_rate: float = option(1e-3, "highest learning rate", ge=1e-7, le=1)
    weight_decay: float = option(1e-4, "weight decay of AdamW", ge=0, le=1)
    patience: int = option(10, "epochs without gain before training stops", ge=1)
    keep: str = option(
        "best",
        "weights to end with; best: of the lowest validation loss; last: of the end",
        choices=("best", "last"),
    )
    blend: float = option(
        1.0,
        "share of what was learnt; the rest is what training began with",
        ge=0,
        le=1,
    )
    ema: float = option(
        0.99, "momentum of averaged weights, 0 for none", ge=0, le=0.9999
    )
    diameter: float | None = option(
        None,
        "diameter of nuclei, in pixels, that the model is for",
        ge=4,
        le=128,
    )
    gap_weight: float = option(
        4.0, "extra weight of pixels where nuclei touch", ge=0, le=100
    )
    sampling: str = option(
        "patches",
        "patches: random patches; resize: whole images shrunk to a patch",
        choices=("patches", "resize"),
    )
    patch_size: int = option(128, "side of a patch in pixels", ge=32, le=1024)
    val_fraction: float = option(
        0.15,
        "share of images held out where no validation set is named",
        ge=0.01,
        le=0.9,
    )
    norms: str = option(
        "learn",
        "batch normalisation; keep: as the base has it",
        choices=("learn", "keep"),
    )
    unpainted: str = option(
        "background",
        "what is not painted; unknown: only nuclei and a margin around them count",
        choices=("background", "unknown"),
    )
    strategy: str = option(
        "one",
        "one: a single device; mirrored: every GPU takes its share of each batch",
        choices=("one", "mirrored"),
    )
    seed: int = option(0, "seed of every random choice", ge=0)
    figures_every: int = option(5, "epochs between figures of predictions", ge=1)
    tensorboard: bool = option(True, "write TensorBoard logs")
    keep_annotations: bool = option(
        False, "save images and labels with the model, for a later training"
    )
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        check_limits(self)
        if self.patch_size % 32:
            raise ValueError(
                f"patch_size must be a multiple of 32; got {self.patch_size}"
            )

    @classmethod
    def fine_tuning(cls, **settings: Any) -> TrainConfig:
        """Return settings for a quick training from a base on a few annotations.

        Small steps, the base's batch normalisation and a budget of time; by then the
        learning rate has fallen to its end. It ends half-way between the base's weights
        and those learnt: a few nuclei of one place otherwise wreck what the base knew.
        """
        usual: dict[str, Any] = {
            "epochs": 1000,
            "steps": 10,
            "batch": 8,
            "budget": 90.0,
            "learning_rate": 3e-4,
            "patience": 1000,
            "ema": 0.9,
            "blend": 0.5,
            "norms": "keep",
            "val_fraction": 0.25,
            "figures_every": 1000,
            "keep_annotations": True,
        }
        return cls(**(usual | settings))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Make a configuration from what `as_dict` gave."""
        model = values["model"] | {"decoder": tuple(values["model"]["decoder"])}
        parts = {
            "model": ModelConfig(**model),
            "augment": AugmentConfig(**values["augment"]),
        }
        return cls(**(values | parts))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings, nested ones included, for a JSON file."""
        return asdict(self)
