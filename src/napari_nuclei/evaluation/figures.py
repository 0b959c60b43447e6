"""Draw figures of training histories and predictions, without pyplot.

Pyplot has a global list of figures and is not safe in threads. Plain `Figure` objects
are safe.
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

HISTORY_PANELS = (
    ("loss", "Loss"),
    ("accuracy", "Pixel accuracy"),
    ("iou", "IoU"),
    ("dice", "Dice"),
)
"""Columns of the training history to draw, and their titles."""

TRAIN_COLOUR, VALIDATION_COLOUR = "#2b6cb0", "#dd6b20"

MAX_DISPLAY_SIZE = 640
"""Larger images are subsampled to at most this side, in pixels, to save time."""

PANEL_WIDTH, PANEL_MARGIN, LINE_HEIGHT = 2.6, 0.12, 0.26
"""Width of an image, gap between images and height of a text line, in inches."""


def save_figure(figure: Figure, path: Path | str) -> None:
    """Write a figure to a PNG file, atomically.

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
    """Draw loss, accuracy, IoU and Dice of each epoch.

    Parameters
    ----------
    history : sequence of mapping
        Rows as returned by `Epoch.as_row`; numbers may be strings, as read from a CSV
        file. Missing columns are not drawn.

    Raises
    ------
    ValueError
        If there are no rows.
    """
    if not history:
        raise ValueError("The history must have at least one epoch; got none")
    count = len(HISTORY_PANELS)
    figure = Figure(figsize=(4 * count, 3.7), dpi=DPI, layout="constrained")
    epochs = history_column(history, "epoch")
    losses = history_column(history, "val_loss")
    best = epochs[np.nanargmin(losses)] if np.isfinite(losses).any() else None
    panels = figure.subplots(1, count)
    for axes, (name, title) in zip(panels, HISTORY_PANELS, strict=True):
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
        style_axes(axes, title)
    return figure


def history_column(
    history: Sequence[Mapping[str, Any]], key: str
) -> NDArray[np.float64]:
    """Return a column of the history; NaN where a row lacks the value."""
    values = (row.get(key) for row in history)
    return np.array([math.nan if v in (None, "") else float(v) for v in values])


def style_axes(axes: Axes, title: str) -> None:
    """Add title, epoch axis, grid and legend to a plot."""
    axes.set_title(title, loc="left", fontsize=12, fontweight="bold")
    axes.set_xlabel("Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(color="0.9", lw=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9)


def draw_ap_curves(scores: Mapping[str, Scores]) -> Figure:
    """Draw average precision against the IoU threshold.

    Parameters
    ----------
    scores : mapping of str to Scores
        Scores of each curve, by title.
    """
    figure = Figure(figsize=(6, 4.2), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    for name, curve in scores.items():
        iou = [x.threshold for x in curve.objects]
        label = f"{shorten(name, 40)}: {curve.mean_ap():.3f}"
        axes.plot(iou, [x.ap for x in curve.objects], label=label, marker="o", ms=3.5)
    axes.set_ylim(0, 1)
    style_axes(axes, "Average precision")
    axes.xaxis.set_major_locator(MultipleLocator(0.1))
    axes.set_xlabel("IoU threshold")
    return figure


def draw_reliability(parts: Mapping[str, Reliability]) -> Figure:
    """Draw the fraction of correct predictions against their probability.

    Parameters
    ----------
    parts : mapping of str to Reliability
        One panel each, by title.
    """
    figure = Figure(figsize=(4.6 * len(parts), 4.2), dpi=DPI, layout="constrained")
    panels = figure.subplots(1, len(parts), squeeze=False)[0]
    for axes, (name, part) in zip(panels, parts.items(), strict=True):
        filled = part.count > 0
        confidence, correct = (
            x[filled] / part.count[filled] for x in (part.confidence, part.correct)
        )
        axes.plot([0, 1], [0, 1], color="0.7", lw=1.2, label="perfect calibration")
        label = f"error {part.error:.3f}"
        axes.plot(
            confidence, correct, color=TRAIN_COLOUR, marker="o", ms=4, label=label
        )
        fraction = part.count / max(part.count.sum(), 1)
        width = 1 / len(fraction)
        middles = (np.arange(len(fraction)) + 0.5) * width
        axes.bar(
            middles,
            fraction,
            width,
            color="0.9",
            zorder=0,
            label="fraction of predictions",
        )
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        style_axes(axes, name)
        axes.xaxis.set_major_locator(MultipleLocator(0.2))
        axes.set_xlabel("predicted probability")
        axes.set_ylabel("fraction correct")
    return figure


def to_display_rgb(image: NDArray[Any], step: int) -> NDArray[np.float32]:
    """Return each `step`-th pixel of an image as RGB, 0 to 1."""
    image = np.asarray(image)[::step, ::step]
    if image.dtype.kind == "b":
        image = image.astype(np.uint8)
    if image.dtype.kind == "f":
        finite = image[np.isfinite(image)]
        low, high = (finite.min(), finite.max()) if finite.size else (0, 0)
        image = np.nan_to_num(image, nan=low, neginf=low, posinf=high)
    return normalize(image)


def shorten(text: str, max_length: int = 78) -> str:
    """Return a text without its middle if it has over `max_length` characters."""
    half = max_length // 2 - 1
    return text if len(text) <= max_length else f"{text[:half]} … {text[-half:]}"


def draw_predictions(
    images: Sequence[NDArray[Any]],
    true_labels: Sequence[NDArray[np.integer]],
    predicted_labels: Sequence[NDArray[np.integer]],
    titles: Sequence[str] | None = None,
) -> Figure:
    """Draw each image in a row with its true labels and its predicted labels.

    Parameters
    ----------
    images : sequence of ndarray of shape (Y, X) or (Y, X, C)
        Of any type; each is normalised for display.
    true_labels, predicted_labels : sequence of ndarray of int, shape (Y, X)
        Instance labels; neighbours get different colours.
    titles : sequence of str, optional
        A line of text above each row.

    Raises
    ------
    ValueError
        If there is no image or the lengths differ.
    """
    lengths = [len(images), len(true_labels), len(predicted_labels)]
    lengths.append(len(images) if titles is None else len(titles))
    if not lengths[0] or len(set(lengths)) > 1:
        raise ValueError(
            "images, true_labels, predicted_labels and titles must be of one length, "
            f"at least one; got {', '.join(map(str, lengths))}"
        )
    heights = [PANEL_WIDTH * min(x.shape[0] / x.shape[1], 1.5) for x in images]
    line = PANEL_MARGIN if titles is None else LINE_HEIGHT + PANEL_MARGIN
    width = 3 * PANEL_WIDTH + 4 * PANEL_MARGIN
    height = LINE_HEIGHT + PANEL_MARGIN + sum(heights) + line * len(images)
    figure = Figure(figsize=(width, height), dpi=DPI)
    rows = zip(images, true_labels, predicted_labels, strict=True)
    top = height - LINE_HEIGHT
    for column, text in enumerate(("image", "true mask", "predicted mask")):
        middle = PANEL_MARGIN + PANEL_WIDTH / 2 + column * (PANEL_WIDTH + PANEL_MARGIN)
        figure.text(middle / width, top / height, text, ha="center", weight="bold")
    for number, (image, *labels) in enumerate(rows):
        if titles is not None:
            figure.text(
                PANEL_MARGIN / width,
                (top - LINE_HEIGHT) / height,
                shorten(titles[number]),
                fontsize=9,
                parse_math=False,  # file names may contain dollar signs
            )
        top -= line + heights[number]
        step = max(1, math.ceil(max(image.shape[:2]) / MAX_DISPLAY_SIZE))
        panels: list[NDArray[Any]] = [to_display_rgb(image, step)]
        panels += [colour_labels(x[::step, ::step]) for x in labels]
        for column, panel in enumerate(panels):
            left = PANEL_MARGIN + column * (PANEL_WIDTH + PANEL_MARGIN)
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
