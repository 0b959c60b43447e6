"""Figures of training and of predictions, made without pyplot.

Pyplot keeps a global list of figures and must not be used from a thread; plain
`Figure` objects may be.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from napari_nuclei.core.colours import colour_labels
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.scores import Scores
from napari_nuclei.evaluation.calibration import Reliability
from napari_nuclei.io.atomic import write_atomic

__all__ = [
    "draw_ap_curves",
    "draw_curves",
    "draw_predictions",
    "draw_reliability",
    "save_figure",
]

DPI = 150

HISTORY_PANELS = (("loss", "Loss"), ("accuracy", "Pixel accuracy"), ("dice", "Dice"))
"""Columns of the history that are drawn, with their titles."""

TRAIN_COLOUR, VALIDATION_COLOUR = "#2b6cb0", "#dd6b20"

MAX_DISPLAY_SIZE = 640
"""Larger images are shown with fewer pixels, to save time and space."""

PANEL_WIDTH, PANEL_MARGIN, LINE_HEIGHT = 2.6, 0.12, 0.26
"""Width of an image, gap and height of a line of text, in inches."""


def save_figure(figure: Figure, path: Path | str) -> None:
    """Write a figure as a PNG; a crash never leaves half a file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path-like

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    write_atomic(path, buffer.getvalue())


def draw_curves(history: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw loss, accuracy and Dice of every epoch.

    Parameters
    ----------
    history : sequence of mapping
        Rows as `Epoch.as_row` gives them; numbers may be strings, as read from a
        CSV file. A column that is missing is left out.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if not history:
        raise ValueError("the history must have at least one epoch; got none")
    figure = Figure(figsize=(12, 3.7), dpi=DPI, layout="constrained")
    epochs = history_column(history, "epoch")
    losses = history_column(history, "val_loss")
    best = epochs[np.nanargmin(losses)] if np.isfinite(losses).any() else None
    for axes, (name, title) in zip(figure.subplots(1, 3), HISTORY_PANELS, strict=True):
        lines = (
            (name, "train", TRAIN_COLOUR),
            (f"val_{name}", "validation", VALIDATION_COLOUR),
        )
        for key, label, colour in lines:
            values = history_column(history, key)
            if np.isfinite(values).any():
                marker = "o" if len(epochs) <= 30 else None
                axes.plot(
                    epochs,
                    values,
                    color=colour,
                    label=label,
                    marker=marker,
                    ms=3.5,
                    lw=1.8,
                )
        if best is not None:
            axes.axvline(best, color="0.55", ls=":", lw=1.2, label="best epoch")
        axes.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
        style(axes, title)
    return figure


def history_column(
    history: Sequence[Mapping[str, Any]], key: str
) -> NDArray[np.float64]:
    """Return a column of the history; NaN where a row lacks it."""
    values = (row.get(key) for row in history)
    return np.array([math.nan if v in (None, "") else float(v) for v in values])


def style(axes: Axes, title: str) -> None:
    """Give a plot against the epoch its title, grid and legend."""
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold")
    axes.set_xlabel("Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(color="0.9", lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9)


def draw_ap_curves(scores: Mapping[str, Scores]) -> Figure:
    """Draw average precision against the IoU from which a nucleus counts as found.

    Parameters
    ----------
    scores : mapping
        From the name of a line to its scores.
    """
    figure = Figure(figsize=(6, 4.2), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    for name, some in scores.items():
        iou = [x.threshold for x in some.objects]
        label = f"{shorten(name, 40)}: {some.mean_ap():.3f}"
        axes.plot(iou, [x.ap for x in some.objects], label=label, marker="o", ms=3.5)
    axes.set_ylim(0, 1)
    style(axes, "Average precision")
    axes.xaxis.set_major_locator(MultipleLocator(0.1))
    axes.set_xlabel("IoU from which a nucleus is found")
    return figure


def draw_reliability(parts: Mapping[str, Reliability]) -> Figure:
    """Draw how many predictions are right against the probability they were given."""
    figure = Figure(figsize=(4.6 * len(parts), 4.2), dpi=DPI, layout="constrained")
    panels = figure.subplots(1, len(parts), squeeze=False)[0]
    for axes, (name, part) in zip(panels, parts.items(), strict=True):
        some = part.count > 0
        confidence, correct = (
            x[some] / part.count[some] for x in (part.confidence, part.correct)
        )
        axes.plot([0, 1], [0, 1], color="0.7", lw=1.2, label="calibrated")
        label = f"error {part.error:.3f}"
        axes.plot(
            confidence, correct, color=TRAIN_COLOUR, marker="o", ms=4, label=label
        )
        share = part.count / max(part.count.sum(), 1)
        width = 1 / len(share)
        middles = (np.arange(len(share)) + 0.5) * width
        axes.bar(middles, share, width, color="0.9", zorder=0, label="share")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        style(axes, name)
        axes.xaxis.set_major_locator(MultipleLocator(0.2))
        axes.set_xlabel("given")
        axes.set_ylabel("right")
    return figure


def to_display_rgb(image: NDArray[Any], step: int) -> NDArray[np.float32]:
    """Return every `step`-th pixel of an image as RGB from 0 to 1."""
    image = np.asarray(image)[::step, ::step]
    if image.dtype.kind == "b":
        image = image.astype(np.uint8)
    if image.dtype.kind == "f":
        finite = image[np.isfinite(image)]
        low, high = (finite.min(), finite.max()) if finite.size else (0, 0)
        image = np.nan_to_num(image, nan=low, neginf=low, posinf=high)
    return normalize(image)


def shorten(text: str, most: int = 78) -> str:
    """Return a text with its middle left out if it has over `most` characters."""
    half = most // 2 - 1
    return text if len(text) <= most else f"{text[:half]} … {text[-half:]}"


def draw_predictions(
    images: Sequence[NDArray[Any]],
    true_labels: Sequence[NDArray[np.integer]],
    predicted_labels: Sequence[NDArray[np.integer]],
    titles: Sequence[str] | None = None,
) -> Figure:
    """Draw a row of image, true mask and predicted mask for each image.

    Parameters
    ----------
    images : sequence of ndarray of shape (Y, X) or (Y, X, C)
        Of any type; each is shown from its darkest to its lightest.
    true_labels, predicted_labels : sequence of ndarray of int, shape (Y, X)
        Instance labels, drawn so that neighbours differ in colour.
    titles : sequence of str, optional
        A line of text above each row.

    Raises
    ------
    ValueError
        If there is no image or the sequences differ in length.
    """
    lengths = [len(images), len(true_labels), len(predicted_labels)]
    lengths.append(len(images) if titles is None else len(titles))
    if not lengths[0] or len(set(lengths)) > 1:
        raise ValueError(
            "images, true_labels, predicted_labels and titles must be as many, and at "
            f"least one; got {', '.join(map(str, lengths))}"
        )
    heights = [PANEL_WIDTH * min(x.shape[0] / x.shape[1], 1.5) for x in images]
    line = PANEL_MARGIN if titles is None else LINE_HEIGHT + PANEL_MARGIN
    width = 3 * PANEL_WIDTH + 4 * PANEL_MARGIN
    height = LINE_HEIGHT + PANEL_MARGIN + sum(heights) + line * len(images)
    figure = Figure(figsize=(width, height), dpi=DPI)
    rows = zip(images, true_labels, predicted_labels, strict=True)
    top = height - LINE_HEIGHT
    for place, text in enumerate(("image", "true mask", "predicted mask")):
        middle = PANEL_MARGIN + PANEL_WIDTH / 2 + place * (PANEL_WIDTH + PANEL_MARGIN)
        figure.text(middle / width, top / height, text, ha="center", weight="bold")
    for number, (image, *labels) in enumerate(rows):
        if titles is not None:
            figure.text(
                PANEL_MARGIN / width,
                (top - LINE_HEIGHT) / height,
                shorten(titles[number]),
                fontsize=9,
                parse_math=False,  # a file's name may hold dollar signs
            )
        top -= line + heights[number]
        step = max(1, math.ceil(max(image.shape[:2]) / MAX_DISPLAY_SIZE))
        panels: list[NDArray[Any]] = [to_display_rgb(image, step)]
        panels += [colour_labels(x[::step, ::step]) for x in labels]
        for place, panel in enumerate(panels):
            left = PANEL_MARGIN + place * (PANEL_WIDTH + PANEL_MARGIN)
            box = (
                left / width,
                top / height,
                PANEL_WIDTH / width,
                heights[number] / height,
            )
            axes = figure.add_axes(box)
            axes.imshow(panel, interpolation="nearest")
            axes.set_axis_off()
    return figure
