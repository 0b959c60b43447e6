"""Turn a run into the data of layers; without Qt."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei import __version__
from napari_nuclei.core.intensity.notes import CHOOSE_CHANNEL
from napari_nuclei.core.linking.segmented_stack import GIVE_SPACING
from napari_nuclei.core.measure.counts import describe_count
from napari_nuclei.widgets.segment.keeping.keep_in_run import describe_kept
from napari_nuclei.widgets.segment.old_settings import update_record

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd
    from numpy.typing import NDArray

    from napari_nuclei.widgets.segment.result import LabelsOnDisk, RunResult

METADATA_KEY = "napari_nuclei"
"""Key of the record of a run in the metadata of its layers."""

CORRECTIONS_KEY = "napari_nuclei_corrections"
"""Key, in a layer's metadata, of the nuclei that were accepted and corrected."""

PREDICTION = "prediction"
"""Key of the predicted labels in that record; later edits do not change them."""

CHOOSE_ABOVE = "(to choose another: Channel, above)"
"""How the dock chooses the channel of an image."""

GIVE_UNITS = "Give the layer a scale and units."
"""How a layer states its voxel size."""

NO_BREAK, ZERO_WIDTH_SPACE = "\u00a0", "\u200b"
"""Characters that forbid or allow a line break, in the narrow docks."""

MAX_PREDICTION_PIXELS = 64_000_000
"""Labels of more pixels are not copied into the metadata."""


def labels_layer_name(run: RunResult) -> str:
    """Return the name of the labels layer of a run."""
    return f"{run.source.name} {run.segmenter.card.name}"


def labels_layer_kwargs(run: RunResult) -> dict[str, Any]:
    """Return the arguments of a viewer's `add_labels`, except the labels."""
    return {
        "name": labels_layer_name(run),
        **run.source.transform,
        "features": make_features(run.table),
        "metadata": labels_metadata(run),
    }


def labels_metadata(run: RunResult) -> dict[str, Any]:
    """Return the metadata of a labels layer: the record and the predicted labels."""
    content = run_record(run)
    if run.on_disk is None and run.labels.size < MAX_PREDICTION_PIXELS:
        predicted = run.labels if run.prediction is None else run.prediction
        content[PREDICTION] = predicted.copy()
    if run.kept is None:
        return {METADATA_KEY: content}
    corrected = list(run.kept.corrected)
    highest = int(run.kept.labels.max(initial=0))
    return {
        METADATA_KEY: content,
        CORRECTIONS_KEY: {"accepted": corrected, "highest_label": highest},
    }


def probability_layer_kwargs(run: RunResult) -> dict[str, Any]:
    """Return the arguments of `add_image` for the foreground probability."""
    return {
        "name": f"{run.source.name} probability",
        **run.source.transform,
        "colormap": "magma",
        "contrast_limits": (0, 1),
        "blending": "additive",
        "metadata": {METADATA_KEY: run_record(run)},
    }


def nucleus_centroids(run: RunResult) -> NDArray[np.float64]:
    """Return the centroid of every nucleus, in pixels of the layer of labels.

    Returns
    -------
    ndarray of float, shape (n, axes of that layer)
    """
    if run.joined is not None or run.tracked is not None:
        return stack_centroids(run, run.table, {})
    axes = run.source.layout.stack_axes
    return np.concatenate(
        [
            stack_centroids(
                run, done.table, dict(zip(axes, done.plane_index, strict=True))
            )
            for done in run.planes
        ]
    )


def stack_centroids(
    run: RunResult, table: pd.DataFrame, positions: dict[str, int]
) -> NDArray[np.float64]:
    """Return the centroids of the nuclei of a table.

    Parameters
    ----------
    run : RunResult
    table : DataFrame
    positions : dict of str to int
        Index of the plane along each axis without a column of its own.
    """
    columns = []
    for axis in run.source.layout.label_axes:
        name = axis.lower()
        name = f"centroid_{name}" if f"centroid_{name}" in table else name
        if axis in positions:
            columns.append(np.full(len(table), float(positions[axis])))
        else:
            columns.append(table[name].to_numpy(np.float64))
    if run.source.labels_channel_axis:
        columns.insert(run.source.labels_channel_axis, np.zeros(len(table)))
    return np.stack(columns, axis=1)


def centroids_layer_kwargs(run: RunResult) -> dict[str, Any]:
    """Return the arguments of `add_points`, except the centroids."""
    return {
        "name": f"{run.source.name} centroids",
        **run.source.transform,
        "features": run.table.reset_index(),
        "size": max(2.0, np.nan_to_num(run.diameter) / 4),
        "face_color": "yellow",
        "border_width": 0,
        "metadata": {METADATA_KEY: run_record(run)},
    }


def make_features(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of nuclei as the features of a layer of labels.

    In napari's table, a click on row n selects label n. So row 0 is the background,
    whose values are missing, and row n is the nucleus with label n.

    Parameters
    ----------
    table : DataFrame
        One row per nucleus; the index is `label`.

    Returns
    -------
    DataFrame
        The column `label`, then those of `table`. If planes of a stack use the same
        labels, a label has no row of its own: the rows are then those of `table`, and
        the column `index` prevents napari from showing the row of another plane.
    """
    if not len(table):
        return table.reset_index()
    if not table.index.is_unique:
        found = table.reset_index()
        found.insert(0, "index", -1 - np.arange(len(found)))
        return found
    # napari shows a missing value of pandas' nullable types as "<NA>", and none of NaN.
    with_nan: dict[str, Any] = {"i": np.float64, "b": object}
    types = {n: with_nan.get(v.dtype.kind, v.dtype) for n, v in table.items()}
    rows = range(int(table.index.max()) + 1)
    return table.astype(types).reindex(rows).rename_axis("label").reset_index()


def run_record(run: RunResult) -> dict[str, Any]:
    """Return the record of a run: everything that is needed to repeat it."""
    source, card = run.source, run.segmenter.card
    return {
        "version": __version__,
        "model": card.name,
        "model_version": card.version,
        "model_sha256": dict(card.sha256),
        "image": source.name,
        "path": source.path,
        "axes": source.layout.axes,
        "channel": source.layout.channel,
        "region": source.choice.scope,
        "level": source.choice.level,
        "bounds": [list(side) for side in source.box],
        "pixel_size": source.pixel_size,
        "z_spacing": source.z_spacing,
        "settings": asdict(run.config),
        "planes": len(run.planes),
        "nuclei": run.nuclei,
        "left_out": None if run.dropped is None else asdict(run.dropped),
        "notes": list(run.notes),
        "diameter": run.diameter,
        "network_scale": run.scale,
        "seconds": run.seconds,
        "on_disk": None if run.on_disk is None else on_disk_record(run.on_disk),
    }


def record_of(layer: napari.layers.Layer) -> dict[str, Any]:
    """Return the record of the run that made a layer; empty without one."""
    record = layer.metadata.get(METADATA_KEY)
    return update_record(record) if record else {}


def on_disk_record(on_disk: LabelsOnDisk) -> dict[str, Any]:
    """Return the files of a large image, and its empty and failed blocks."""
    return {
        "labels": str(on_disk.labels),
        "table": str(on_disk.table),
        "missing_blocks": on_disk.missing,
        "failed": list(on_disk.failed),
    }


def format_summary(run: RunResult) -> str:
    """Return a summary of a run in a few lines.

    For example "214 nuclei, median diameter 8.4 µm, 0.31 s", or for a stack "164
    outlines in 9 slices (not joined), median diameter 8.4 µm, 2.10 s".
    """
    time = f"{run.seconds:.2f}{NO_BREAK}s"
    lines = [f"No nuclei, {time}"]
    if run.nuclei:
        unit, column = "px", "diameter"
        if "diameter_um" in run.table:
            unit, column = "µm", "diameter_um"
        diameter = float(np.median(run.table[column]))
        count = describe_count(run.nuclei, run.stack, run.count_range)
        lines = [f"{count}, median diameter {diameter:.3g}{NO_BREAK}{unit}, {time}"]
    if run.dropped is not None and str(run.dropped):
        lines.append(f"Left out: {run.dropped}")
    if run.kept is not None:
        lines.append(describe_kept(run.kept))
    for note in run.notes:
        note = note.replace(CHOOSE_CHANNEL, CHOOSE_ABOVE)
        lines.append(note.replace(GIVE_SPACING, GIVE_UNITS))
    if run.on_disk is not None:
        lines += on_disk_lines(run.on_disk)
    return "\n".join(lines)


def on_disk_lines(on_disk: LabelsOnDisk) -> list[str]:
    """Return lines on the folder of a large image and its empty blocks."""
    lines = []
    if on_disk.missing:
        blocks = (
            "1 block is" if on_disk.missing == 1 else f"{on_disk.missing} blocks are"
        )
        reason = f" ({on_disk.failed[0]})" if on_disk.failed else ""
        lines.append(f"{blocks} empty{reason}. Press Run to continue")
    return [*lines, f"Saved in {breakable(on_disk.labels)}"]


def large_image_note(folder: Path) -> str:
    """Return what a run will do with a large image, without a full stop."""
    return (
        "The image is large: it will be segmented block by block. Labels will be saved "
        f"in {breakable(folder)}"
    )


def breakable(path: Path) -> str:
    """Return a path that may be wrapped after every folder.

    Examples
    --------
    >>> len(breakable(Path("a", "b"))) - len(str(Path("a", "b")))
    1
    """
    return str(path).replace(os.sep, os.sep + ZERO_WIDTH_SPACE)
