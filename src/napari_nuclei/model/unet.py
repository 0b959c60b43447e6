"""Build the network: a U-Net with a MobileNetV2 encoder, as a functional Keras graph.

All layers are standard and named, so that `keras.models.load_model` opens the saved
`.keras` file anywhere.

For images of several sizes call the model, `model(images, training=False)`, and not
`model.predict`. `predict` compiles the graph, and Keras 3.15 compiles a bilinear
`UpSampling2D` for the size of the first images only.

References
----------
Ronneberger et al., "U-Net", 2015, https://arxiv.org/abs/1505.04597
Sandler et al., "MobileNetV2", 2018, https://arxiv.org/abs/1801.04381
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from keras import layers

from napari_nuclei.config import ModelConfig
from napari_nuclei.config.outputs import branch_channels, network_channels
from napari_nuclei.model.keras_load import load_keras_model
from napari_nuclei.model.keras_weights import check_weights
from napari_nuclei.model.output_names import output_layer_name

BATCHNORM_MOMENTUM = 0.97
"""Momentum of batch normalisation. Keras' MobileNetV2 uses .999, which needs thousands
of steps to adapt."""

# Output of the last inverted residual at strides 2, 4, 8 and 16.
SKIP_LAYERS = (
    "expanded_conv_project_BN",
    "block_2_add",
    "block_5_add",
    "block_12_add",
)
BOTTLENECK_LAYER = "block_16_project_BN"


def apply_separable_conv(x: Any, channels: int, name: str) -> Any:
    """Apply a separable 3x3 convolution, batch normalisation and ReLU6."""
    x = layers.SeparableConv2D(
        channels, 3, padding="same", use_bias=False, name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(momentum=BATCHNORM_MOMENTUM, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def apply_pointwise_conv(x: Any, channels: int, name: str) -> Any:
    """Apply a pointwise convolution, batch normalisation and ReLU6."""
    x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(momentum=BATCHNORM_MOMENTUM, name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def apply_decoder_block(
    x: Any, skips: Sequence[Any], channels: int, name: str, convolutions: int
) -> Any:
    """Upsample by 2, concatenate the encoder's features `skips`, and convolve."""
    x = apply_pointwise_conv(x, channels, f"{name}_narrow")
    x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_up")(x)
    x = layers.Concatenate(name=f"{name}_concat")([x, *skips])
    for number in range(1, convolutions + 1):
        x = apply_separable_conv(x, channels, f"{name}_{number}")
    return x


def build_output_maps(x: Any, branch: Any, config: ModelConfig) -> Any:
    """Return the output channels, as logits, from the last features.

    Each feature at stride 2 predicts the channels of 2x2 pixels. The features of a
    branch are joined at stride 2, since joining them at full resolution takes a
    twelfth of the network's time.
    """
    count, own = len(network_channels(config)), len(branch_channels(config))
    if config.output_stride == 2:
        if branch is not None:
            x = layers.Concatenate(name="features")([x, branch])
        x = layers.Conv2D(4 * count, 1, name="subpixels")(x)
        return keras.ops.depth_to_space(x, 2)
    if branch is None:
        return layers.Conv2D(count, 1, name="logits")(x)
    x = layers.Conv2D(count - own, 1, name="logits")(x)
    offsets = layers.Conv2D(4 * own, 1, name="offsets_subpixels")(branch)
    offsets = keras.ops.depth_to_space(offsets, 2)
    return layers.Concatenate(name="maps")([x, offsets])


def build_unet(config: ModelConfig | None = None) -> keras.Model:
    """Build the network.

    Parameters
    ----------
    config : ModelConfig, optional
        Architecture and initial weights.

    Returns
    -------
    keras.Model
        Takes float32 images of shape (N, Y, X, 3) with values in [0, 1], Y and X
        multiples of 32. Returns float32 of shape (N, Y, X, channels) in [0, 1], with
        the channels of `network_channels`.

    Raises
    ------
    OSError
        If the initial weights cannot be read or downloaded.
    ValueError
        If the file of initial weights is damaged or not safe to load.
    """
    config = config or ModelConfig()
    image = keras.Input((None, None, 3), name="image")
    signed = layers.Rescaling(2.0, offset=-1.0, name="signed")(image)
    encoder = keras.applications.MobileNetV2(
        input_tensor=signed, alpha=config.alpha, include_top=False, weights=None
    )
    features = [encoder.get_layer(name).output for name in SKIP_LAYERS]
    stem = layers.Conv2D(
        config.stem,
        3,
        strides=config.output_stride,
        padding="same",
        use_bias=False,
        name="stem_conv",
    )(signed)
    stem = layers.BatchNormalization(momentum=BATCHNORM_MOMENTUM, name="stem_bn")(stem)
    stem = layers.ReLU(6.0, name="stem_relu")(stem)

    x = encoder.get_layer(BOTTLENECK_LAYER).output
    skips = [[feature] for feature in reversed(features)]
    if config.output_stride == 2:
        skips[-1].append(stem)
    for stride, channels, finer in zip(
        (16, 8, 4, 2), config.decoder, skips, strict=True
    ):
        # Stages of high resolution take most time, so the stage before full resolution
        # has one convolution, the others two.
        convolutions = 1 if stride == 2 and config.output_stride == 1 else 2
        coarser = x
        x = apply_decoder_block(x, finer, channels, f"decoder{stride}", convolutions)
    branch = None
    if branch_channels(config):
        branch = apply_decoder_block(
            coarser, skips[-1], config.decoder[-1], "offsets", 1
        )
    if config.output_stride == 1:
        x = apply_decoder_block(x, [stem], config.stem, "decoder1", 1)
    x = build_output_maps(x, branch, config)
    names = network_channels(config)
    output = layers.Activation("sigmoid", name=output_layer_name(names))(x)
    model = keras.Model(image, output, name="mobilenetv2_unet")
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = BATCHNORM_MOMENTUM
    if config.encoder_weights is not None:
        load_initial_weights(model, config)
    return model


def load_initial_weights(model: keras.Model, config: ModelConfig) -> None:
    """Load the weights of `config.encoder_weights`: an encoder's or a whole model's."""
    weights = str(config.encoder_weights)
    if weights != "imagenet" and not Path(weights).is_file():
        raise FileNotFoundError(f"There is no file {weights} for the encoder weights")
    if weights.endswith(".keras"):
        copy_matching_weights(load_keras_model(Path(weights)), model)
        return
    if weights != "imagenet":
        check_weights(Path(weights))
    try:
        source = keras.applications.MobileNetV2(
            input_shape=(None, None, 3),
            alpha=config.alpha,
            include_top=False,
            weights=weights,
        )
    except Exception as error:  # Keras raises a plain Exception if a download fails
        if weights == "imagenet":
            raise OSError(
                "The ImageNet weights could not be downloaded or do not exist for "
                f"alpha {config.alpha} ({error}); give encoder_weights the path of a "
                "MobileNetV2 weights file, or None to start from random weights"
            ) from error
        raise OSError(
            f"The encoder weights {weights} do not fit a MobileNetV2 of alpha "
            f"{config.alpha} without its top ({error})"
        ) from error
    copy_matching_weights(source, model)


def copy_matching_weights(source: keras.Model, model: keras.Model) -> None:
    """Copy the weights of layers whose name and shapes are the same in both models."""
    weights_of = {layer.name: layer.get_weights() for layer in source.layers}
    for layer in model.layers:
        weights = weights_of.get(layer.name)
        if weights and [w.shape for w in weights] == [
            tuple(w.shape) for w in layer.weights
        ]:
            layer.set_weights(weights)
