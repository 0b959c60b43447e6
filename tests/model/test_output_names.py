from __future__ import annotations

import keras
import pytest
from keras import layers

from napari_nuclei.config.outputs import HEADS, ordered_channels
from napari_nuclei.model.output_names import (
    correlate_with_nuclei,
    is_softmax,
    named_channels,
    output_layer_name,
    recognise_channels,
    select_channels,
    usable_channels,
)


def network(
    outputs: int, name: str = "last", activation: str = "sigmoid"
) -> keras.Model:
    image = keras.Input((64, 64, 1))
    layer = layers.Conv2D(outputs, 1, activation=activation, name=name)
    return keras.Model(image, layer(image))


def test_the_last_layer_names_the_channels() -> None:
    names = ordered_channels(HEADS)
    model = network(len(names), output_layer_name(names))
    assert named_channels(model) == names
    assert recognise_channels(model, 64, 1, None) == names
    assert select_channels(model, names) is model
    assert named_channels(network(2)) is None


def test_a_number_of_channels_is_no_name() -> None:
    assert recognise_channels(network(1), 64, 1, None) == ("foreground",)
    for count in (2, 3, 4):
        with pytest.raises(ValueError, match=f"it gives {count} without names"):
            recognise_channels(network(count), 64, 1, None)


def test_heads_with_missing_channels_are_not_used() -> None:
    assert usable_channels(("offset_y", "foreground")) == ("foreground",)
    assert usable_channels(("offset_y", "offset_x", "foreground")) == (
        *("foreground", "offset_y", "offset_x"),
    )


def test_a_softmax_adds_up_to_1() -> None:
    assert is_softmax(network(2, activation="softmax"), 64, 1)
    assert not is_softmax(network(2), 64, 1)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_channel_of_bright_pixels_correlates_with_nuclei(sign: int) -> None:
    model = network(1)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([0 * kernel + 9 * sign, bias])
    assert sign * correlate_with_nuclei(model, 64, 1) > 0.5
    model.layers[-1].set_weights([0 * kernel, bias])
    assert correlate_with_nuclei(model, 64, 1) == 0
