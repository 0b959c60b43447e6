"""The table of controls: how well each column separates them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from napari_nuclei.report.report_columns import Column
from napari_nuclei.report.report_results import Results, mean_by
from napari_nuclei.report.report_summary import show_count
from napari_nuclei.report.z_prime import ZPrime, z_prime
from napari_nuclei.scale.tables.quality_columns import QUALITY_COLUMNS


def unit_of(results: Results) -> str:
    """Return what a value of a control belongs to: a well, or an image."""
    return "well" if any(image.well for image in results.images) else "image"


def z_prime_rows(
    results: Results, columns: Sequence[Column], controls: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Return the rows of the table of controls, the best separated columns first."""
    if not controls:
        return []
    scores = []
    for column in columns:
        if column.name == "seconds" or column.name in QUALITY_COLUMNS:
            continue  # they describe the image, not the cells
        sides = [control_values(results, name, column.name) for name in controls]
        if all(sides):
            scores.append((column, z_prime(*sides)))
    scores.sort(key=lambda pair: -math.inf if pair[1].value is None else -pair[1].value)
    scores.sort(key=lambda pair: pair[1].value is None)
    return [z_prime_row(column, result) for column, result in scores]


def control_values(results: Results, condition: str, column: str) -> list[float]:
    """Return the values of a control, one for each of its wells or images."""
    images = [
        image
        for image in results.done
        if image.condition == condition and not image.left_out
    ]
    if unit_of(results) == "well":
        return list(mean_by(images, "well", column).values())
    return [value for i in images if (value := i.values.get(column)) is not None]


def z_prime_row(column: Column, result: ZPrime) -> dict[str, Any]:
    """Return a row of the table of controls as the template shows it."""
    kinds = {"excellent assay": "good", "marginal assay": "warn"}
    cells = []
    for mean, deviation, count in (result.positive, result.negative):
        cells += [show_number(mean, column.percent)]
        cells += [show_number(deviation, column.percent), str(count)]
    value = "-" if result.value is None else f"{result.value:.2f}"
    return {
        "label": column.label,
        "value": value,
        "rating": result.rating,
        "kind": "" if result.value is None else kinds.get(result.rating, "bad"),
        "cells": cells,
    }


def show_number(value: float, percent: bool) -> str:
    """Return a number with three digits or more, or as a percentage; "-" if unknown.

    Examples
    --------
    >>> show_number(0.123456, True), show_number(123.456, False)
    ('12.3 %', '123.5')
    """
    if not math.isfinite(value):
        return "-"
    if percent:
        return f"{100 * value:.1f} %"
    if 100 <= abs(value) < 1e9:
        return show_count(value)
    return f"{value:.3g}"
