"""Find out what the output channels of a Keras network are; never guess.

The networks of this package name their outputs in the last layer, so that the names
survive when Keras saves the network again. Other networks have one channel, a softmax
over background and nucleus, or outputs that the user names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.outputs import (
    FIRST_CHANNELS,
    FOREGROUND,
    HEADS,
    channels_from_count,
    ordered_channels,
)
from napari_nuclei.core.synthetic import synthetic_nuclei

if TYPE_CHECKING:
    import keras

PREFIX = "outputs-"
"""Beginning of the name of a last layer that names the channels."""

BACKGROUND = "background"
"""Name of a channel that is not used; so is any name that is not a channel's."""

OLD_LAYERS = ("stem_conv", "decoder16_narrow_conv", "decoder2_narrow_conv", "output")
"""Layers of networks that this package trained before it named the outputs."""

MIN_CORRELATION = 0.2
"""A channel of a softmax is that of the nuclei if its correlation with the nuclei of
synthetic images is at least this."""


def output_layer_name(channels: Sequence[str]) -> str:
    """Return the name of the last layer of a network with these channels.

    Examples
    --------
    >>> output_layer_name(("foreground", "distance"))
    'outputs-foreground-distance'
    """
    return PREFIX + "-".join(channels)


def named_channels(model: keras.Model) -> tuple[str, ...] | None:
    """Return the channels that the file of a network names; None if it names none.

    A network that this package trained in an earlier version is recognised by its
    layers; its number of channels then says which heads it has.
    """
    last = str(next(iter(getattr(model, "output_names", ())), ""))
    if last.startswith(PREFIX):
        return tuple(last.removeprefix(PREFIX).split("-"))
    if set(OLD_LAYERS) <= {layer.name for layer in model.layers} and last == "output":
        return channels_from_count(model.output_shape[-1])
    return None


def recognise_channels(
    model: keras.Model, side: int, inputs: int, given: Sequence[str] | None
) -> tuple[str, ...]:
    """Return the names of a network's output channels; raise an error if unclear.

    Parameters
    ----------
    model : keras.Model
        Takes (N, side, side, inputs) from 0 to 1, gives (N, side, side, channels).
    side, inputs : int
    given : sequence of str, optional
        The names that the user gave.

    Returns
    -------
    tuple of str
        One name per channel; names of other channels than those of `HEADS` are not
        used.

    Raises
    ------
    ValueError
        If the names cannot be found, or the given names do not fit.
    """
    count = int(model.output_shape[-1])
    if given:
        return check_given(tuple(given), count)
    named = named_channels(model)
    if named is not None and len(named) == count:
        return named
    if count == 1:
        return FIRST_CHANNELS
    question = (
        "Name them in order, such as --outputs background,foreground (in Python "
        "outputs=[...]); the names that are used are "
        f"{', '.join(ordered_channels(HEADS))}"
    )
    if count == 2 and is_softmax(model, side, inputs):
        correlation = correlate_with_nuclei(model, side, inputs)
        if correlation >= MIN_CORRELATION:
            return (BACKGROUND, FOREGROUND)
        raise ValueError(
            "gives two channels that add up to 1 (a softmax over background and "
            "foreground), but synthetic images do not show that the second one is the "
            f"foreground. {question}"
        )
    raise ValueError(
        f"must give one channel, the foreground probability; it gives {count} without "
        f"names. {question}"
    )


def check_given(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Return names that the user gave; raise ValueError if they do not fit."""
    if len(names) != count:
        raise ValueError(
            f"gives {count} channels, but {len(names)} names were given: "
            f"{', '.join(names)}"
        )
    if names.count(FOREGROUND) != 1 or any(
        names.count(name) > 1 for name in ordered_channels(HEADS)
    ):
        raise ValueError(
            f"needs exactly one channel named {FOREGROUND}, and no other of "
            f"{', '.join(ordered_channels(HEADS))} twice; got {', '.join(names)}"
        )
    return names


def usable_channels(names: Sequence[str]) -> tuple[str, ...]:
    """Return the channels to use, in the order of this package's networks.

    A head that lacks a channel is not used.

    Examples
    --------
    >>> usable_channels(("background", "offset_y", "foreground"))
    ('foreground',)
    >>> usable_channels(("distance", "foreground"))
    ('foreground', 'distance')
    """
    return ordered_channels(head for head in HEADS if set(head.channels) <= set(names))


def select_channels(model: keras.Model, names: Sequence[str]) -> keras.Model:
    """Return a network that gives the usable channels only, in their order.

    The channels are selected by a convolution with weights of 0 and 1, a layer that
    every program can load. The model itself is returned if all its channels are used.
    """
    used = usable_channels(names)
    if used == tuple(names):
        return model
    import keras

    layer = keras.layers.Conv2D(
        len(used), 1, use_bias=False, name=output_layer_name(used)
    )
    selected = keras.Model(model.inputs[0], layer(model.outputs[0]), name=model.name)
    weights = np.zeros((1, 1, len(names), len(used)), np.float32)
    for number, name in enumerate(used):
        weights[0, 0, list(names).index(name), number] = 1
    layer.set_weights([weights])
    return selected


def run(model: keras.Model, images: NDArray[np.float32]) -> NDArray[Any]:
    """Return the output of a network in inference mode."""
    return np.asarray(model(images, training=False))


def is_softmax(model: keras.Model, side: int, inputs: int) -> bool:
    """Return whether the channels of a network add up to 1 in random images."""
    images = np.random.default_rng(1).random((2, side, side, inputs), np.float32)
    return bool(np.allclose(run(model, images).sum(axis=-1), 1, atol=1e-3))


def correlate_with_nuclei(model: keras.Model, side: int, inputs: int) -> float:
    """Return the correlation of a network's last channel with synthetic nuclei.

    The nuclei are bright on a dark background. The result is from -1 to 1, and 0 if the
    channel is the same everywhere.
    """
    scenes = [synthetic_nuclei((side, side), seed=seed) for seed in range(2)]
    truth = np.stack([labels > 0 for _, labels in scenes]).ravel()
    planes = np.stack([image / max(image.max(), 1) for image, _ in scenes])
    images = np.repeat(planes[..., np.newaxis], inputs, axis=-1).astype(np.float32)
    last = run(model, images)[..., -1].ravel()
    if last.std() == 0 or truth.all() or not truth.any():
        return 0.0
    return float(np.corrcoef(last, truth)[0, 1])
