"""A drawing of a network, made from its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch

from napari_nuclei.evaluation.graph import (
    Stage,
    find_stages,
    layer_parents,
    layer_sizes,
)

if TYPE_CHECKING:
    import keras

WIDE, HIGH = 2.7, 0.84
ACROSS, DOWN = 3.3, 1.24
"""Size of a box, and from the middle of one box to that of the next."""

INCHES = 0.72
"""What a unit of these measures in the figure."""

FITTING = 200
"""Points that a line in a box may have, letters times size of the type."""

ENCODER, STEM, DECODER, PLAIN = "#cfe2f7", "#d5efd9", "#fde0c5", "#ececec"
OFFSETS = ("offsets_narrow_conv", "offsets_1_relu")
"""First and last layer of the branch that tells where the centres of nuclei lie."""

OFFSETS_SEE = "with what is concatenated there"

FLOW, SKIP = "#333333", "#8a5cc2"

COLUMN, MOST_LISTED = 20, 80
"""Boxes in a column, and in all, of a network that is drawn as a list."""


def architecture(model: keras.Model) -> Figure:
    """Draw a network: this package's as a U, any other as a list of its main layers.

    Parameters
    ----------
    model : keras.Model
        A functional or sequential model.

    Returns
    -------
    matplotlib.figure.Figure
        Sizes are height, width and channels; those for 128 pixels where the network
        takes images of any size.

    Raises
    ------
    ValueError
        If the layers of the model are not known before it is called.
    """
    sizes = layer_sizes(model)
    parents = layer_parents(model)
    stages = find_stages(model, parents)
    if stages:
        return draw_unet(model, stages, sizes, parents)
    return draw_list(model, parents, sizes)


def size_text(size: tuple[int, ...]) -> str:
    """Return a size for people.

    Examples
    --------
    >>> size_text((64, 64, 16))
    '64 x 64 x 16'
    """
    return " x ".join(map(str, size))


def canvas(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """Return a figure with a title whose first box has its middle at (0, 0).

    Width and height are those that the middles of the boxes span; y points down.
    """
    edges = (-WIDE / 2 - 0.25, width + WIDE / 2 + 0.25)
    ends = (height + HIGH / 2 + 0.25, -HIGH / 2 - 0.9)
    size = ((edges[1] - edges[0]) * INCHES, (ends[0] - ends[1]) * INCHES)
    figure = Figure(figsize=size, dpi=150)
    axes = figure.add_axes((0, 0, 1, 1), xlim=edges, ylim=ends)
    axes.set_axis_off()
    axes.text(-WIDE / 2, -HIGH / 2 - 0.35, title, fontsize=11, weight="bold")
    return figure, axes


def draw_box(axes: Axes, x: float, y: float, colour: str, *lines: str) -> None:
    """Draw a box about (x, y): the first line bold, the third small."""
    axes.add_patch(
        FancyBboxPatch(
            (x - WIDE / 2, y - HIGH / 2),
            WIDE,
            HIGH,
            boxstyle="round,pad=0,rounding_size=0.1",
            facecolor=colour,
            edgecolor="0.35",
            linewidth=0.8,
        )
    )
    looks: tuple[tuple[float, dict[str, Any]], ...] = (
        (9, {"weight": "bold"}),
        (9, {}),
        (6.5, {"color": "0.35"}),
    )
    places = (-0.16, 0.16) if len(lines) == 2 else (-0.25, 0.0, 0.25)
    for line, (largest, look), place in zip(lines, looks, places, strict=False):
        size = min(largest, FITTING / max(len(line), 1))
        axes.text(x, y + place, line, ha="center", va="center", fontsize=size, **look)


def draw_arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], **look: Any
) -> None:
    """Draw an arrow; a keyword overrides how it looks."""
    style = {"arrowstyle": "-|>", "color": FLOW, "lw": 1.3, "shrinkA": 0, "shrinkB": 1}
    axes.annotate("", end, start, arrowprops=style | look)


def heading(model: keras.Model) -> str:
    """Return a line about a model."""
    return (
        f"{model.name}: {model.count_params():,} parameters, {len(model.layers)} layers"
    )


def draw_unet(
    model: keras.Model,
    stages: list[Stage],
    sizes: dict[str, tuple[int, ...]],
    parents: dict[str, tuple[str, ...]],
) -> Figure:
    """Draw the encoder down the left, the decoder up the right."""
    half, rise = WIDE / 2, HIGH / 2
    left, middle, right, end = 0.0, 1.1 * ACROSS, 2.2 * ACROSS, 3.2 * ACROSS
    # The stem lies beside the image; below it, where it joins an encoder's features.
    top = 0.0 if not stages[0].encoder else DOWN
    depth = top + len(stages) * DOWN
    figure, axes = canvas(end, depth, heading(model))
    first, last, stem = model.layers[0].name, model.layers[-1].name, stages[0].stem
    draw_box(axes, left, 0, PLAIN, "Image", size_text(sizes[first]))
    draw_box(axes, end, top, PLAIN, "Output", size_text(sizes[last]), last)
    stride = f"stride {stages[0].stride}"
    draw_box(axes, middle, 0, STEM, f"Stem, {stride}", size_text(sizes[stem]), stem)
    draw_arrow(axes, (left + half, 0), (middle - half, 0))
    draw_arrow(axes, (right + half, top), (end - half, top))
    across: dict[str, Any] = {"color": SKIP, "ls": "--"}
    if top:
        corner = {"connectionstyle": "angle,angleA=0,angleB=90,rad=6"}
        below = (right, top - rise)
        draw_arrow(axes, (middle + half, 0), below, **across, **corner)
    else:
        draw_arrow(axes, (middle + half, 0), (right - half, 0), **across)
    for row, stage in enumerate(stages):
        y, stride = top + row * DOWN, f"stride {stage.stride}"
        if stage.encoder:
            size = size_text(sizes[stage.encoder])
            draw_box(axes, left, y, ENCODER, f"Encoder, {stride}", size, stage.encoder)
            draw_arrow(axes, (left + half, y), (right - half, y), **across)
            draw_arrow(axes, (left, y - DOWN + rise), (left, y - rise))
        size = size_text(sizes[stage.decoder])
        lines = (f"Decoder, {stride}", size, stage.convolutions)
        draw_box(axes, right, y, DECODER, *lines)
        if row:
            draw_arrow(axes, (right, y - rise), (right, y - DOWN + rise))
        if stage.decoder in parents.get(OFFSETS[0], ()):
            size = size_text(sizes[OFFSETS[1]])
            draw_box(axes, end, y, DECODER, "Offsets, stride 2", size, OFFSETS_SEE)
            draw_arrow(axes, (right + half, y), (end - half, y))
            draw_arrow(axes, (end, y - rise), (end, top + rise))
    source = stages[-1].source
    lines = (
        f"Bottom, stride {2 * stages[-1].stride}",
        size_text(sizes[source]),
        source,
    )
    draw_box(axes, middle, depth, ENCODER, *lines)
    corner = {"connectionstyle": "angle,angleA=90,angleB=0,rad=6"}
    draw_arrow(axes, (left, depth - DOWN + rise), (middle - half, depth), **corner)
    corner = {"connectionstyle": "angle,angleA=0,angleB=90,rad=6"}
    draw_arrow(axes, (middle + half, depth), (right, depth - DOWN + rise), **corner)
    add_legend(axes)
    return figure


def add_legend(axes: Axes) -> None:
    """Say what the arrows of the U are."""
    texts = ("down: strided convolution", "up: 1 x 1 convolution, enlarged 2-fold")
    lines = [Line2D([], [], color=FLOW, lw=1.3, label=text) for text in texts]
    lines.append(Line2D([], [], color=SKIP, lw=1.3, ls="--", label="concatenated"))
    axes.legend(handles=lines, loc="lower right", fontsize=8, frameon=False)


def main_layers(
    model: keras.Model,
    parents: dict[str, tuple[str, ...]],
    sizes: dict[str, tuple[int, ...]],
) -> list[tuple[str, str]]:
    """Return name and kind of the layers that convolve, join or change the size."""
    chosen = []
    for layer in model.layers:
        name, kind = layer.name, type(layer).__name__
        before = parents[name]
        learns = bool(layer.weights) and "Normalization" not in kind
        joins = len(before) != 1
        if learns or joins or sizes[name] != sizes[before[0]]:
            chosen.append((name, kind))
    return chosen


def draw_list(
    model: keras.Model,
    parents: dict[str, tuple[str, ...]],
    sizes: dict[str, tuple[int, ...]],
) -> Figure:
    """Draw the main layers one below the other, in columns."""
    layers, title = main_layers(model, parents, sizes), heading(model)
    if len(layers) > MOST_LISTED:
        title += f", of which the first and last {MOST_LISTED // 2} main ones"
        layers = layers[: MOST_LISTED // 2] + layers[-MOST_LISTED // 2 :]
    columns, rows = -(-len(layers) // COLUMN), min(len(layers), COLUMN)
    # The title needs the width of two boxes.
    figure, axes = canvas(max(columns - 1, 1) * ACROSS, (rows - 1) * DOWN, title)
    for number, (name, kind) in enumerate(layers):
        x, y = number // COLUMN * ACROSS, number % COLUMN * DOWN
        colour = ENCODER if "Conv" in kind else PLAIN
        draw_box(axes, x, y, colour, kind, size_text(sizes[name]), name)
        if number % COLUMN:
            # No arrow: the next layer need not be fed by this one.
            axes.plot([x, x], [y - DOWN + HIGH / 2, y - HIGH / 2], color="0.6", lw=1)
    return figure
