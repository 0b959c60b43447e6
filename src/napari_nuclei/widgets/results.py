"""From a segmentation to a layer of labels that lies on its source."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei import __version__
from napari_nuclei.core.features import Table, nuclei_table

if TYPE_CHECKING:
    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.card import Card
    from napari_nuclei.core.segmenter import Segmentation
    from napari_nuclei.widgets.source import Source

METADATA_KEY = "napari-nuclei"
"""Under this key of a layer's metadata lies the record of the run that made it."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Attributes
    ----------
    source : Source
    card : Card
        Of the model.
    config : SegmentConfig
    found : Segmentation
    table : dict of str to ndarray
        A row for every nucleus, as `measure` gives it.
    """

    source: Source
    card: Card
    config: SegmentConfig
    found: Segmentation
    table: Table


def measure(source: Source, found: Segmentation) -> Table:
    """Measure the nuclei of every plane, reading one plane at a time.

    Returns
    -------
    dict of str to ndarray
        Columns as of `nuclei_table`.
    """
    layout, tables = source.layout, []
    for frame, place in enumerate(layout.planes()):
        table = nuclei_table(
            found.labels[place],
            layout.read(source.data, place),
            found.foreground[place],
            pixel_size=source.pixel_size,
        )
        if layout.stack_axes:
            table = {"frame": np.full(len(table["label"]), frame), **table}
        tables.append(table)
    return {key: np.concatenate([t[key] for t in tables]) for key in tables[0]}


def layer_arguments(run: Run) -> dict[str, Any]:
    """Return what a viewer's `add_labels` is called with, beside the labels."""
    return {
        "name": f"{run.source.name} {run.card.name}",
        **run.source.pose,
        "features": features(run.table),
        "metadata": {METADATA_KEY: record(run)},
    }


def features(table: Table) -> Table:
    """Add the column in which napari looks up the row of the label under the mouse.

    Labels of a stack begin anew in every plane, so that a label does not tell its row.
    Numbers that no label has keep napari from showing the row of another plane.
    """
    rows = len(table["label"])
    index = -1 - np.arange(rows) if "frame" in table else table["label"]
    return {"index": index, **table}


def record(run: Run) -> dict[str, Any]:
    """Return all that is needed to know, and to repeat, how labels were made."""
    return {
        "version": __version__,
        "model": run.card.name,
        "model_version": run.card.version,
        "model_sha256": dict(run.card.sha256),
        "image": run.source.name,
        "axes": run.source.layout.axes,
        "channel": run.source.layout.channel,
        "pixel_size": run.source.pixel_size,
        "settings": asdict(run.config),
        "nuclei": len(run.table["label"]),
        "diameter": run.found.diameter,
        "scale": run.found.scale,
        "seconds": run.found.seconds,
    }


def summary(run: Run) -> str:
    """Say in one line what was found.

    A result reads "214 nuclei, median diameter 8.4 um, 0.31 s".
    """
    count = len(run.table["label"])
    time = f"{run.found.seconds:.2f} s"
    if not count:
        return f"No nuclei, {time}"
    unit, column = "px", "diameter"
    if run.source.pixel_size is not None:
        unit, column = "um", "diameter_um"
    diameter = float(np.median(run.table[column]))
    nuclei = "1 nucleus" if count == 1 else f"{count} nuclei"
    return f"{nuclei}, median diameter {diameter:.3g} {unit}, {time}"
