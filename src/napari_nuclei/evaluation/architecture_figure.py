"""Draw the architecture of a network: with Graphviz, or as a plain column of blocks."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
from matplotlib.figure import Figure

from napari_nuclei.evaluation.figures import save_figure
from napari_nuclei.io.atomic import write_atomic

MAX_LAYERS = 40  # Graphviz needs 7 s, and 20 000 rows of pixels, for a network of 200

BLOCK_NAME = re.compile(r"^(.*?\d|expanded|stem|offsets)_[a-zA-Z].*")


def write_architecture(model: keras.Model, path: Path) -> None:
    """Write a PNG of a network; use Graphviz if installed and the layers are few."""
    with TemporaryDirectory() as folder:
        drawing = Path(folder, "architecture.png")
        try:
            if len(model.layers) <= MAX_LAYERS:
                keras.utils.plot_model(model, drawing, show_shapes=True)
        except (ImportError, OSError, AssertionError):  # not installed, or it failed
            drawing.unlink(missing_ok=True)
        if drawing.is_file():
            write_atomic(path, drawing.read_bytes())
        else:
            save_figure(draw_blocks(model), path)


def draw_blocks(model: keras.Model, side: int = 128) -> Figure:
    """Draw the layers of a network, or blocks if it has more than `MAX_LAYERS`.

    The sizes are those for images of `side` pixels.
    """
    if not getattr(model, "inputs", None):
        raise ValueError(f"{model.name} cannot be drawn; call it on an image first")
    layers = keras.Model(model.inputs, model.outputs).operations
    probe = keras.Model(model.inputs, [layer.output for layer in layers])
    images = [keras.KerasTensor([n or side for n in x.shape]) for x in model.inputs]
    tensors = iter(keras.tree.flatten(probe.compute_output_spec(images)))
    blocks, block_of, edges = dict[str, str](), dict[int, str](), set[tuple[str, str]]()
    for layer in layers:
        name = layer.name
        if len(model.layers) > MAX_LAYERS:  # block_1_pad is a layer of block_1
            name = BLOCK_NAME.sub(r"\1", name.removeprefix("bn_"))
        sizes = [next(tensors).shape[1:] for _ in keras.tree.flatten(layer.output)]
        blocks.pop(name, None)  # a block is drawn at the position of its last layer
        blocks[name] = " x ".join(map(str, sizes[0]))
        edges |= {
            (block_of.get(id(x), name), name) for x in keras.tree.flatten(layer.input)
        }
        block_of |= {id(x): name for x in keras.tree.flatten(layer.output)}
    figure = Figure(figsize=(6, 1 + 0.3 * len(blocks)))
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-0.05, 2), ylim=(len(blocks), -2))
    axes.set_axis_off()
    axes.text(0, -1, f"{model.name}: {model.count_params():,} parameters", fontsize=11)
    rows = {name: row for row, name in enumerate(blocks)}
    axes.barh(list(rows.values()), 1, height=0.6, color="#cfe2f7")
    for name, size in blocks.items():
        axes.text(0.02, rows[name], f"{name}: {size}", va="center", fontsize=8)
    for start, end in sorted((rows[a], rows[b]) for a, b in edges if a != b):
        ends = (0.5, end - 0.3), (0.5, start + 0.3)
        style = {"arrowstyle": "-|>", "color": "#333333"}
        if end != start + 1:
            ends = (1, end), (1, start)
            style |= {"connectionstyle": "arc3,rad=-0.4", "color": "#8a5cc2"}
            style["ls"] = "--"
        axes.annotate("", *ends, arrowprops=style)
    return figure
