from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from keras import layers
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from napari_nuclei.config import ModelConfig
from napari_nuclei.evaluation.architecture_figure import (
    draw_blocks,
    write_architecture,
)
from napari_nuclei.model.unet import build_unet


def texts(figure: Figure) -> list[str]:
    """Return all texts of a figure."""
    return [x.get_text() for x in figure.findobj(Text) if x.get_text().strip()]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of texts that overlap each other."""
    figure.draw_without_rendering()
    boxes = [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if text.get_text().strip()
    ]
    return [
        (name, other)
        for i, (name, box) in enumerate(boxes)
        for other, box2 in boxes[:i]
        if box.overlaps(box2)
    ]


def arrows(figure: Figure) -> list[tuple[str, str]]:
    """Return the names of the blocks at both ends of each arrow."""
    names = [x.split(":")[0] for x in texts(figure)[1:]]
    return [
        (names[round(arrow.xyann[1] - 0.3)], names[round(arrow.xy[1] + 0.3)])
        if arrow.xy[0] == 0.5
        else (names[round(arrow.xyann[1])], names[round(arrow.xy[1])])
        for arrow in figure.findobj(Annotation)
    ]


@pytest.fixture(scope="module", params=[1, 2], ids=["finest-1", "finest-2"])
def unet(request: pytest.FixtureRequest) -> keras.Model:
    return build_unet(ModelConfig(alpha=0.35, output_stride=request.param))


def test_each_block_of_the_unet_is_named_with_its_size(unet: keras.Model) -> None:
    figure = draw_blocks(unet)
    written = texts(figure)
    assert f"{unet.count_params():,} parameters" in written[0]
    blocks = [x.split(":")[0] for x in written[1:]]
    assert len(set(blocks)) == len(blocks)
    for name in (layer.name.removeprefix("bn_") for layer in unet.layers):
        assert any(name == x or name.startswith(f"{x}_") for x in blocks), name
    strides = [1, 2, 4, 8, 16] if "decoder1" in blocks else [2, 4, 8, 16]
    assert {f"decoder{stride}" for stride in strides} <= {*blocks}
    sizes = {x.split(": ")[1] for x in written[1:]}
    assert {"128 x 128 x 3", "128 x 128 x 4", "8 x 8 x 128", "4 x 4 x 112"} <= sizes
    assert overlapping(figure) == []


def test_skip_connections_of_the_unet_are_drawn(unet: keras.Model) -> None:
    drawn = arrows(draw_blocks(unet))
    skips = {end: start for start, end in drawn if start.startswith("block_")}
    assert {"decoder16", "decoder8", "decoder4"} <= {*skips}
    assert any(start == "stem" for start, _ in drawn)
    assert {end for _, end in drawn} == {
        x.split(":")[0] for x in texts(draw_blocks(unet))[2:]
    }


def test_a_saved_and_loaded_unet_is_drawn_in_the_same_way(
    unet: keras.Model, tmp_path: Path
) -> None:
    unet.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert texts(draw_blocks(loaded)) == texts(draw_blocks(unet))
    assert arrows(draw_blocks(loaded)) == arrows(draw_blocks(unet))


@pytest.mark.parametrize("error", [ImportError, AssertionError], ids=["none", "broken"])
def test_without_graphviz_there_is_a_picture_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(keras.utils, "plot_model", fail)
    write_architecture(sequential(), tmp_path / "figures" / "architecture.png")
    picture = cv2.imread(str(tmp_path / "figures" / "architecture.png"))
    assert len(np.unique(picture)) > 10


def test_graphviz_draws_a_network_of_few_layers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(model: keras.Model, path: Path, **_: Any) -> None:
        path.write_bytes(model.name.encode())

    monkeypatch.setattr(keras.utils, "plot_model", draw)
    model = sequential()
    write_architecture(model, tmp_path / "architecture.png")
    assert (tmp_path / "architecture.png").read_bytes() == model.name.encode()
    write_architecture(deep(), tmp_path / "architecture.png")
    assert cv2.imread(str(tmp_path / "architecture.png")) is not None


def two_inputs() -> keras.Model:
    first, second = keras.Input((32, 32, 1), name="a"), keras.Input((8,), name="b")
    both = layers.Concatenate(name="joined")([layers.Flatten()(first), second])
    return keras.Model([first, second], [layers.Dense(2)(both), layers.Dense(3)(both)])


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3)])
    image = keras.Input((None, None, 3))
    return keras.Model(image, layers.GlobalMaxPooling2D()(inner(image)))


def sequential() -> keras.Model:
    return keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(4, 3)])


def deep() -> keras.Model:
    image = x = keras.Input((16, 16, 2))
    for _ in range(100):
        x = layers.Conv2D(2, 1)(x)
    return keras.Model(image, x, name="deep")


@pytest.mark.parametrize(
    ("build", "size"),
    [
        (two_inputs, "1032"),
        (nested, "126 x 126 x 4"),
        (sequential, "126 x 126 x 4"),
        (deep, "16 x 16 x 2"),
    ],
    ids=["two inputs", "nested", "sequential", "deep"],
)
def test_the_layers_of_any_other_network_are_drawn(build: Any, size: str) -> None:
    model = build()
    figure = draw_blocks(model)
    written = [x.split(": ") for x in texts(figure)]
    assert size in {x[1] for x in written}
    assert {layer.name for layer in model.layers} <= {x[0] for x in written}
    assert overlapping(figure) == []


def test_a_network_of_unknown_layers_is_refused(tmp_path: Path) -> None:
    class Odd(keras.Model):
        pass

    with pytest.raises(ValueError, match="odd cannot be drawn"):
        draw_blocks(Odd(name="odd"))
    with pytest.raises(ValueError, match="not yet been built"):
        write_architecture(Odd(name="odd"), tmp_path / "odd.png")
