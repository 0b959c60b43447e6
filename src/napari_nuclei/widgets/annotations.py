"""Training samples from an image layer and the labels painted on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from napari_nuclei.training.datasets import Sample, split_samples
from napari_nuclei.widgets.source import Source

SMALLEST_QUARTER = 64
"""Shortest side of a quarter of an image that can be held out, in pixels."""


def painted_samples(source: Source, labels: Any) -> list[Sample]:
    """Return the planes on which something is painted.

    A plane without labels is taken for one that nobody has annotated yet, not for one
    without nuclei.

    Parameters
    ----------
    source : Source
    labels : array-like of int
        The shape of the source without its channels.

    Raises
    ------
    ValueError
        If the shapes differ or nothing is painted.
    """
    shape = source.layout.label_shape
    if tuple(labels.shape) != shape:
        raise ValueError(
            f"the labels must have the image's shape {shape}; got {tuple(labels.shape)}"
        )
    samples = []
    for place in source.layout.planes():
        # A copy: the user may go on painting while the network trains.
        painted = np.array(labels[place], np.int32)
        if painted.any():
            name = " ".join([source.name, *(str(number) for number in place)])
            samples.append(
                Sample(name, source.layout.read(source.data, place), painted)
            )
    if not samples:
        raise ValueError("nothing is painted in the labels; paint some nuclei first")
    return samples


def hold_out(
    samples: Sequence[Sample], fraction: float, seed: int
) -> tuple[list[Sample], list[Sample]]:
    """Hold samples out for validation; of a single one, a quarter.

    Returns
    -------
    kept, held_out : list of Sample
        Neither is empty and they share no pixel.

    Raises
    ------
    ValueError
        If a single sample is too small to be quartered, or has nuclei in one quarter
        only.
    """
    if len(samples) > 1:
        return split_samples(samples, fraction, seed)
    quarters = [quarter for quarter in cut_quarters(samples[0]) if quarter.labels.any()]
    if len(quarters) < 2:
        raise ValueError(
            "nuclei are painted in one quarter of the image only; paint some in "
            "another quarter, so that it can be held out to check the model"
        )
    # The quarter of middling density says most about the others.
    densities = [float((quarter.labels > 0).mean()) for quarter in quarters]
    held = int(np.argsort(densities)[len(quarters) // 2])
    kept = [quarter for number, quarter in enumerate(quarters) if number != held]
    return kept, [quarters[held]]


def cut_quarters(sample: Sample) -> list[Sample]:
    """Cut a sample into its four quarters."""
    height, width = sample.labels.shape
    if min(height, width) < 2 * SMALLEST_QUARTER:
        raise ValueError(
            f"the image must have at least {2 * SMALLEST_QUARTER} pixels a side to "
            f"train on it alone; got {height} x {width}"
        )
    y, x = height // 2, width // 2
    return [
        Sample(f"{sample.name} {where}", sample.image[rows, columns], labels)
        for where, rows, columns in (
            ("top left", slice(0, y), slice(0, x)),
            ("top right", slice(0, y), slice(x, None)),
            ("bottom left", slice(y, None), slice(0, x)),
            ("bottom right", slice(y, None), slice(x, None)),
        )
        for labels in [sample.labels[rows, columns]]
    ]
