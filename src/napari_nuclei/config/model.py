"""The settings of the network."""

from __future__ import annotations

from dataclasses import dataclass

from napari_nuclei.config.fields import check_limits, option


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
    offsets : bool
        Give, for each pixel, where the centre of its nucleus lies, by which touching
        nuclei are told apart.
    branch : bool
        The offsets have a decoder of their own from stride 4 on; or else they come of
        the same features as the outlines, which is faster.
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
    offsets: bool = option(True, "learn where the centre of a pixel's nucleus lies")
    branch: bool = option(True, "offsets with a decoder stage of their own")
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
