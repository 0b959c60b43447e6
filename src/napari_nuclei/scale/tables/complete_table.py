"""Add classes to measurements of nuclei, count them by region, and choose columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_nuclei.config.measure_config import MeasureConfig
from napari_nuclei.core.measure.columns import (
    Columns,
    check_column_count,
    select_columns,
)
from napari_nuclei.core.measure.regions import count_regions
from napari_nuclei.io.classifier_files import read_classifier
from napari_nuclei.io.outlines.region_files import read_regions

if TYPE_CHECKING:
    import pandas as pd

NAN = "_nan"
"""End of the names of columns of the number of pixels without a value."""

NEGATIVE = "negative"
"""Class whose nuclei do not count as positive in regions."""


@dataclass(frozen=True, slots=True)
class CompleteTable:
    """The table of the nuclei of an image, and what belongs to it.

    Attributes
    ----------
    table : DataFrame
        One row for each nucleus; the index is `label`.
    counts : DataFrame, optional
        One row for each region, as from `count_regions`.
    notes : tuple of str
        Limits that Otsu's method chose; pixels that were left out.
    """

    table: pd.DataFrame
    counts: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()


def complete_table(
    columns: Columns,
    config: MeasureConfig,
    *,
    shape: tuple[int, int],
    pixel_size: float | None,
) -> CompleteTable:
    """Return the table of measurements with classes, and the counts by region.

    Nuclei of any class but "negative" count as positive in regions.

    Parameters
    ----------
    columns : dict of str to ndarray
        All measurements, with the column `label`.
    config : MeasureConfig
        `properties`, `regions`, `classify` and `threshold` are used.
    shape : tuple of int
        Height and width of the image.
    pixel_size : float, optional
        Side of a pixel, in µm.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a column is missing, a file is not of regions or a classifier, or there are
        too many columns.
    """
    import pandas as pd

    table = pd.DataFrame(columns).set_index("label")
    added, notes = add_classes(table, config)
    counts = None
    if config.regions is not None:
        positive = table["class"] != NEGATIVE if "class" in table else None
        counts = count_regions(
            table,
            read_regions(config.regions, shape),
            pixel_size=pixel_size,
            positive=positive,
        )
    if config.properties is not None:
        selected = select_columns(table, config.properties)
        # Without the columns of the stack, a label could stand for several nuclei.
        stack = [name for name in table if len(name) == 1 or name == "plane"]
        table = table[[*dict.fromkeys([*stack, *selected, *added])]]
    check_column_count(table.shape[1])
    notes = (*notes_on_nan(columns), *notes_on_stains(columns, config.stains), *notes)
    return CompleteTable(table, counts, notes)


def notes_on_stains(columns: Columns, stains: Sequence[str]) -> list[str]:
    """Return a sentence if stains were chosen, but no image has colours."""
    missing = [
        stain for stain in stains if not any(f"_{stain}_" in name for name in columns)
    ]
    if not missing:
        return []
    return [
        f"No image has colours, so the optical density of {', '.join(missing)} is not "
        "measured"
    ]


def notes_on_nan(columns: Columns) -> list[str]:
    """Return a sentence for each image with pixels without a value."""
    return [
        f"{values.sum()} pixels of {name.removesuffix(NAN)} have no value (NaN) and "
        "are left out"
        for name, values in columns.items()
        if name.endswith(NAN) and values.sum()
    ]


def add_classes(
    table: pd.DataFrame, config: MeasureConfig
) -> tuple[list[str], tuple[str, ...]]:
    """Add the class of each nucleus in place; return the new columns, and notes."""
    if config.classify is not None:
        predicted = read_classifier(config.classify).classify(table)
        table[list(predicted)] = predicted
        return list(predicted), ()
    if config.threshold is None:
        return [], ()
    from napari_nuclei.core.classify.thresholds import Thresholds

    column, limits = config.threshold
    notes: tuple[str, ...] = ()
    if not limits and not len(table):
        notes = (f"There are no nuclei, and so no limit of {column} by Otsu's method",)
        thresholds = Thresholds(column, 0.0)
    elif limits:
        thresholds = Thresholds(column, limits)
    else:
        thresholds = Thresholds.suggest(table, column)
        limit = thresholds.limits[0]
        notes = (f"Limit of {column} by Otsu's method: {limit:.4g}",)
    table["class"] = thresholds.classify(table)
    return ["class"], notes
