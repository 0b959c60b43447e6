"""Say in a line what a table of nuclei holds; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.core.measure.counts import describe_count, stack_phrase
from napari_nuclei.core.measure.mask_check import class_note
from napari_nuclei.widgets.nuclei.live.measuring import count_missing
from napari_nuclei.widgets.segment.layer_data import record_of

if TYPE_CHECKING:
    from napari_nuclei.widgets.nuclei.table_session import TableSession

SIZES = (
    ("volume_um3", "volume", "µm³"),
    ("volume", "volume", "px³"),
    ("area_um2", "area", "µm²"),
    ("area", "area", "px²"),
)
"""Columns whose median is shown, the first that a table has."""

NO_BREAK = "\u00a0"


def describe_table(session: TableSession) -> str:
    """Return the number of nuclei, their median size and what is missing.

    For example "214 nuclei, median area 310 px²; 12 shown; 2 selected".
    """
    frame = session.frame
    if session.message:
        return session.message
    if session.labels_layer is None:
        return "Choose a Labels layer, or make one with Segment nuclei."
    if not len(frame):
        return "No nuclei: the labels are empty. Paint some, or run Segment nuclei."
    request = session.live.request
    stack, count = "", len(frame)
    settings = record_of(session.labels_layer).get("settings", {})
    if request is not None and settings.get("track"):
        stack = stack_phrase(request.axes, request.labels.shape, tracked=True)
        count = frame.index.nunique()
    elif request is not None and "volume" not in frame.columns:
        stack = stack_phrase(request.axes, request.labels.shape)
    parts = [describe_count(count, stack)]
    for column, name, unit in SIZES:
        if column in frame.columns:
            median = float(frame[column].median())
            parts[0] += f", median {name} {median:.4g}{NO_BREAK}{unit}"
            break
    shown = int(session.shown.sum())
    if shown != len(frame):
        parts.append(f"{shown} shown")
    if session.selected:
        parts.append(f"{len(session.selected)} selected")
    lines = ["; ".join(parts)]
    lines += [
        f"{name}: {count} pixels without a value (NaN) were left out"
        for name, count in count_missing(frame).items()
    ]
    if "solidity" in frame.columns:
        lines += [note for note in (class_note(frame["solidity"]),) if note]
    return "\n".join(lines)
