"""A drawing of a network, made from its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch

from napari_nuclei.evaluation.graph import (
    UNetLevel,
    find_unet_levels,
    layer_parents,
    layer_sizes,
)

if TYPE_CHECKING:
    import keras

BOX_WIDTH, BOX_HEIGHT = 2.7, 0.84
COLUMN_SPACING, ROW_SPACING = 3.3, 1.24
"""Size of a box, and from the middle of one box to that of the next."""

INCHES = 0.72
"""What a unit of these measures in the figure."""

MAX_TEXT_WIDTH = 200
"""Points that a line in a box may have, letters times size of the type."""

ENCODER_COLOUR, STEM_COLOUR, DECODER_COLOUR, PLAIN_COLOUR = (
    "#cfe2f7",
    "#d5efd9",
    "#fde0c5",
    "#ececec",
)
OFFSET_LAYERS = ("offsets_narrow_conv", "offsets_1_relu")
"""First and last layer of the branch that tells where the centres of nuclei lie."""

OFFSET_NOTE = "with what is concatenated there"

FLOW_COLOUR, SKIP_COLOUR = "#333333", "#8a5cc2"

BOXES_PER_COLUMN, MAX_LISTED = 20, 80
"""Boxes in a column, and in all, of a network that is drawn as a list."""


def draw_architecture(model: keras.Model) -> Figure:
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
    levels = find_unet_levels(model, parents)
    if levels:
        return draw_unet(model, levels, sizes, parents)
    return draw_layer_list(model, parents, sizes)


def format_shape(size: tuple[int, ...]) -> str:
    """Return a size for people.

    Examples
    --------
    >>> format_shape((64, 64, 16))
    '64 x 64 x 16'
    """
    return " x ".join(map(str, size))


def canvas(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """Return a figure with a title whose first box has its middle at (0, 0).

    Width and height are those that the middles of the boxes span; y points down.
    """
    edges = (-BOX_WIDTH / 2 - 0.25, width + BOX_WIDTH / 2 + 0.25)
    ends = (height + BOX_HEIGHT / 2 + 0.25, -BOX_HEIGHT / 2 - 0.9)
    size = ((edges[1] - edges[0]) * INCHES, (ends[0] - ends[1]) * INCHES)
    figure = Figure(figsize=size, dpi=150)
    axes = figure.add_axes((0, 0, 1, 1), xlim=edges, ylim=ends)
    axes.set_axis_off()
    axes.text(-BOX_WIDTH / 2, -BOX_HEIGHT / 2 - 0.35, title, fontsize=11, weight="bold")
    return figure, axes


def draw_box(axes: Axes, x: float, y: float, colour: str, *lines: str) -> None:
    """Draw a box about (x, y): the first line bold, the third small."""
    axes.add_patch(
        FancyBboxPatch(
            (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2),
            BOX_WIDTH,
            BOX_HEIGHT,
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
        size = min(largest, MAX_TEXT_WIDTH / max(len(line), 1))
        axes.text(x, y + place, line, ha="center", va="center", fontsize=size, **look)


def draw_arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], **look: Any
) -> None:
    """Draw an arrow; a keyword overrides how it looks."""
    style = {
        "arrowstyle": "-|>",
        "color": FLOW_COLOUR,
        "lw": 1.3,
        "shrinkA": 0,
        "shrinkB": 1,
    }
    axes.annotate("", end, start, arrowprops=style | look)


def heading(model: keras.Model) -> str:
    """Return a line about a model."""
    return (
        f"{model.name}: {model.count_params():,} parameters, {len(model.layers)} layers"
    )


def draw_unet(
    model: keras.Model,
    levels: list[UNetLevel],
    sizes: dict[str, tuple[int, ...]],
    parents: dict[str, tuple[str, ...]],
) -> Figure:
    """Draw the encoder down the left, the decoder up the right."""
    half, rise = BOX_WIDTH / 2, BOX_HEIGHT / 2
    left, middle, right, end = (
        0.0,
        1.1 * COLUMN_SPACING,
        2.2 * COLUMN_SPACING,
        3.2 * COLUMN_SPACING,
    )
    # The stem lies beside the image; below it, where it joins an encoder's features.
    top = 0.0 if not levels[0].encoder else ROW_SPACING
    depth = top + len(levels) * ROW_SPACING
    figure, axes = canvas(end, depth, heading(model))
    first, last, stem = model.layers[0].name, model.layers[-1].name, levels[0].stem
    draw_box(axes, left, 0, PLAIN_COLOUR, "Image", format_shape(sizes[first]))
    draw_box(axes, end, top, PLAIN_COLOUR, "Output", format_shape(sizes[last]), last)
    stride = f"stride {levels[0].stride}"
    draw_box(
        axes, middle, 0, STEM_COLOUR, f"Stem, {stride}", format_shape(sizes[stem]), stem
    )
    draw_arrow(axes, (left + half, 0), (middle - half, 0))
    draw_arrow(axes, (right + half, top), (end - half, top))
    across: dict[str, Any] = {"color": SKIP_COLOUR, "ls": "--"}
    if top:
        corner = {"connectionstyle": "angle,angleA=0,angleB=90,rad=6"}
        below = (right, top - rise)
        draw_arrow(axes, (middle + half, 0), below, **across, **corner)
    else:
        draw_arrow(axes, (middle + half, 0), (right - half, 0), **across)
    for row, stage in enumerate(levels):
        y, stride = top + row * ROW_SPACING, f"stride {stage.stride}"
        if stage.encoder:
            size = format_shape(sizes[stage.encoder])
            draw_box(
                axes, left, y, ENCODER_COLOUR, f"Encoder, {stride}", size, stage.encoder
            )
            draw_arrow(axes, (left + half, y), (right - half, y), **across)
            draw_arrow(axes, (left, y - ROW_SPACING + rise), (left, y - rise))
        size = format_shape(sizes[stage.decoder])
        lines = (f"Decoder, {stride}", size, stage.convolutions)
        draw_box(axes, right, y, DECODER_COLOUR, *lines)
        if row:
            draw_arrow(axes, (right, y - rise), (right, y - ROW_SPACING + rise))
        if stage.decoder in parents.get(OFFSET_LAYERS[0], ()):
            size = format_shape(sizes[OFFSET_LAYERS[1]])
            draw_box(
                axes, end, y, DECODER_COLOUR, "Offsets, stride 2", size, OFFSET_NOTE
            )
            draw_arrow(axes, (right + half, y), (end - half, y))
            draw_arrow(axes, (end, y - rise), (end, top + rise))
    source = levels[-1].source
    lines = (
        f"Bottom, stride {2 * levels[-1].stride}",
        format_shape(sizes[source]),
        source,
    )
    draw_box(axes, middle, depth, ENCODER_COLOUR, *lines)
    corner = {"connectionstyle": "angle,angleA=90,angleB=0,rad=6"}
    draw_arrow(
        axes, (left, depth - ROW_SPACING + rise), (middle - half, depth), **corner
    )
    corner = {"connectionstyle": "angle,angleA=0,angleB=90,rad=6"}
    draw_arrow(
        axes, (middle + half, depth), (right, depth - ROW_SPACING + rise), **corner
    )
    add_legend(axes)
    return figure


def add_legend(axes: Axes) -> None:
    """Say what the arrows of the U are."""
    texts = ("down: strided convolution", "up: 1 x 1 convolution, enlarged 2-fold")
    lines = [Line2D([], [], color=FLOW_COLOUR, lw=1.3, label=text) for text in texts]
    lines.append(
        Line2D([], [], color=SKIP_COLOUR, lw=1.3, ls="--", label="concatenated")
    )
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


def draw_layer_list(
    model: keras.Model,
    parents: dict[str, tuple[str, ...]],
    sizes: dict[str, tuple[int, ...]],
) -> Figure:
    """Draw the main layers one below the other, in columns."""
    layers, title = main_layers(model, parents, sizes), heading(model)
    if len(layers) > MAX_LISTED:
        title += f", of which the first and last {MAX_LISTED // 2} main ones"
        layers = layers[: MAX_LISTED // 2] + layers[-MAX_LISTED // 2 :]
    columns, rows = (
        -(-len(layers) // BOXES_PER_COLUMN),
        min(len(layers), BOXES_PER_COLUMN),
    )
    # The title needs the width of two boxes.
    figure, axes = canvas(
        max(columns - 1, 1) * COLUMN_SPACING, (rows - 1) * ROW_SPACING, title
    )
    for number, (name, kind) in enumerate(layers):
        x, y = (
            number // BOXES_PER_COLUMN * COLUMN_SPACING,
            number % BOXES_PER_COLUMN * ROW_SPACING,
        )
        colour = ENCODER_COLOUR if "Conv" in kind else PLAIN_COLOUR
        draw_box(axes, x, y, colour, kind, format_shape(sizes[name]), name)
        if number % BOXES_PER_COLUMN:
            # No arrow: the next layer need not be fed by this one.
            axes.plot(
                [x, x],
                [y - ROW_SPACING + BOX_HEIGHT / 2, y - BOX_HEIGHT / 2],
                color="0.6",
                lw=1,
            )
    return figure
