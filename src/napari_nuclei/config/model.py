"""The settings of the network."""

from __future__ import annotations

from dataclasses import dataclass

from napari_nuclei.config.fields import check_limits, named_settings, option


@named_settings
@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The architecture of the network.

    Attributes
    ----------
    alpha : float
        Width multiplier of the MobileNetV2 encoder.
    decoder : tuple of int
        Channels of the decoder at strides 16, 8, 4 and 2.
    stem : int
        Channels of the stem, a convolution of the input image.
    output_stride : int
        Stride of the stem and of the last features. 1 adds a decoder stage at full
        resolution. 2 predicts 2x2 pixels from each feature, which is faster.
    offsets : bool
        Predict the offset from each pixel to the centre of its nucleus. Offsets
        separate touching nuclei.
    offset_branch : bool
        Give the offsets their own decoder stage at stride 2. Without it, they share
        the features of the other outputs, which is faster.
    encoder_weights : str, optional
        Initial weights. None for random weights, "imagenet", the path of a MobileNetV2
        weights file, or the path of a `.keras` file, whose layers are copied where name
        and shape fit.
    """

    alpha: float = option(
        1.0, "width multiplier of the MobileNetV2 encoder", ge=0.1, le=1.4
    )
    decoder: tuple[int, ...] = option(
        (128, 64, 32, 16), "channels of the decoder at strides 16, 8, 4 and 2"
    )
    stem: int = option(
        16, "channels of the convolution of the input image", ge=1, le=64
    )
    output_stride: int = option(
        2,
        "stride of the last features: 1 for full resolution, 2 for more speed",
        ge=1,
        le=2,
    )
    offsets: bool = option(
        True,
        "predict offsets to the centres of nuclei, which separate touching nuclei",
    )
    offset_branch: bool = option(
        True, "give the offsets their own decoder stage; slower"
    )
    encoder_weights: str | None = option(
        None,
        "initial weights: imagenet, a MobileNetV2 weights file or a .keras file",
    )

    def __post_init__(self) -> None:
        check_limits(self)
        if len(self.decoder) != 4 or min(self.decoder) < 1:
            raise ValueError(
                "decoder must name four positive channel counts, for strides 16, 8, 4 "
                f"and 2; got {self.decoder}"
            )
