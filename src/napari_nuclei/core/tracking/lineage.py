"""Draw the family trees of nuclei."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.core.tracking.track_tables import DIVIDED, LOST

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from napari_nuclei.core.tracking.tracking import Tracking

INCHES_PER_TRACK = 0.32
"""Width of a track that does not divide."""

MIN_WIDTH, MAX_WIDTH, HEIGHT = 4.0, 40.0, 5.0
"""Size of the figure, in inches."""

COLOUR, LOST_COLOUR = "#2f6f9f", "#b04a3a"
"""Colours of tracks, and of the cross where a nucleus was lost."""


def draw_lineage(tracking: Tracking, *, all_tracks: bool = False) -> Figure:
    """Draw the family trees of nuclei; time runs downwards.

    Each track is a vertical line from its first to its last frame, with its number. A
    division is a horizontal line; a cross marks a nucleus that was lost inside the
    image.

    Parameters
    ----------
    tracking : Tracking
    all_tracks : bool
        Draw nuclei without divisions too.
    """
    from matplotlib.figure import Figure

    columns = place_tracks(tracking, all_tracks)
    width = min(max(MIN_WIDTH, 1 + INCHES_PER_TRACK * len(columns)), MAX_WIDTH)
    figure = Figure(figsize=(width, HEIGHT), layout="constrained")
    axes = figure.add_subplot()
    for row in tracking.tracks.itertuples():
        if row.track not in columns:
            continue
        x, end = columns[row.track], row.end
        daughters = tracking.tracks["parent"] == row.track
        children = tracking.tracks[daughters]["track"].tolist()
        if row.fate == DIVIDED and children:
            end += 1
            ends = [columns[child] for child in children]
            axes.hlines(end, min(ends), max(ends), color=COLOUR)
        axes.vlines(x, row.start, end, color=COLOUR)
        if row.fate == LOST:
            axes.plot(x, row.end, "x", color=LOST_COLOUR, markersize=5)
        axes.annotate(
            str(row.track),
            (x, row.start),
            xytext=(2, -2),
            textcoords="offset points",
            va="top",
            fontsize=7,
        )
    axes.set_ylim(len(tracking.frames), -0.5)
    axes.set_ylabel("Frame")
    axes.set_xticks([])
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    if not columns:
        axes.set_title("No divisions were found", fontsize=9)
    return figure


def place_tracks(tracking: Tracking, all_tracks: bool) -> dict[int, float]:
    """Return the column of each track: a mother is in the middle of her daughters.

    Parameters
    ----------
    tracking : Tracking
    all_tracks : bool
        Place tracks without divisions too.
    """
    children: dict[int, list[int]] = {}
    for child, parent in zip(
        tracking.tracks["track"], tracking.tracks["parent"], strict=True
    ):
        children.setdefault(int(parent), []).append(int(child))
    columns: dict[int, float] = {}
    free = 0

    for root in children.get(0, []):
        if root not in children and not all_tracks:
            continue
        # Daughters before mothers, without recursion: a lineage may be deep.
        order, stack = [], [root]
        while stack:
            track = stack.pop()
            order.append(track)
            stack += reversed(children.get(track, []))
        for track in order:
            if track not in children:
                columns[track] = float(free)
                free += 1
        for track in reversed(order):
            if track in children:
                placed = [columns[child] for child in children[track]]
                columns[track] = sum(placed) / len(placed)
    return columns
