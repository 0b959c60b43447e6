"""The layers of a network as blocks of a figure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

DEFAULT_SIDE = 128
"""Height and width for which sizes are given where the network takes any."""

CONCATENATION = re.compile(r"decoder(\d+)_concat")
"""Where `build_unet` joins the encoder's features to the decoder's."""


@dataclass(frozen=True, slots=True)
class UNetLevel:
    """One stride of the U: what the encoder sends across, and what the decoder makes.

    Attributes
    ----------
    stride : int
    encoder : str
        Name of the layer whose output goes across; empty where it is the stem's alone.
    stem : str
        Name of the stem's last layer, if it goes across here; empty elsewhere.
    source : str
        Name of the layer below that the decoder's block enlarges.
    decoder : str
        Name of the layer that ends the decoder's block.
    convolutions : str
        Those of the decoder's block.
    """

    stride: int
    encoder: str
    stem: str
    source: str
    decoder: str
    convolutions: str


def layer_sizes(model: keras.Model) -> dict[str, tuple[int, ...]]:
    """Return the shape of each layer's output, without the batch."""
    import keras

    if not getattr(model, "inputs", None):
        raise ValueError(
            f"{model.name} cannot be drawn: it is neither a functional model nor a "
            "sequential one that is built"
        )
    probe = keras.Model(model.inputs, [layer.output for layer in model.layers])
    images = [
        keras.KerasTensor((1, *(side or DEFAULT_SIDE for side in tensor.shape[1:])))
        for tensor in model.inputs
    ]
    found = keras.tree.flatten(probe.compute_output_spec(images))
    shapes = iter(tuple(tensor.shape[1:]) for tensor in found)
    sizes = {}
    for layer in model.layers:
        outputs = [next(shapes) for _ in keras.tree.flatten(layer.output)]
        sizes[layer.name] = outputs[0]
    return sizes


def layer_parents(model: keras.Model) -> dict[str, tuple[str, ...]]:
    """Return the names of the layers whose output each layer takes."""
    import keras

    made_by = {
        id(tensor): layer.name
        for layer in model.layers
        for tensor in keras.tree.flatten(layer.output)
    }
    return {
        layer.name: tuple(
            made_by[id(tensor)]
            for tensor in keras.tree.flatten(layer.input)
            if made_by.get(id(tensor), layer.name) != layer.name
        )
        for layer in model.layers
    }


def find_unet_levels(
    model: keras.Model, parents: dict[str, tuple[str, ...]]
) -> list[UNetLevel]:
    """Return the stages of the U, the finest first; none for another network."""
    names = [layer.name for layer in model.layers]
    kinds = {layer.name: type(layer).__name__ for layer in model.layers}
    levels = []
    for name in names:
        match = CONCATENATION.fullmatch(name)
        if not match:
            continue
        prefix = f"decoder{match[1]}_"
        skips = [parent for parent in parents[name] if not parent.startswith(prefix)]
        block = [other for other in names if other.startswith(prefix)]
        convolutions = [
            kinds[x] for x in block[block.index(name) :] if "Conv" in kinds[x]
        ]
        stems = [name for name in skips if name.startswith("stem_")]
        across = [name for name in skips if name not in stems]
        if max(len(stems), len(across)) > 1 or not skips or not convolutions:
            return []
        levels.append(
            UNetLevel(
                int(match[1]),
                "".join(across),
                "".join(stems),
                parents[block[0]][0],
                block[-1],
                f"{len(convolutions)} x {convolutions[0]}",
            )
        )
    levels.sort(key=lambda stage: stage.stride)
    if len(levels) < 2 or not levels[0].stem:
        return []
    finest = levels[0].stride
    complete = [s.stride for s in levels] == [finest << n for n in range(len(levels))]
    return levels if complete else []
