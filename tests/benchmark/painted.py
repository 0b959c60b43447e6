"""Simulate painting some nuclei of an annotated image; loads no TensorFlow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_nuclei.data.annotated_mask import expand_mask
from napari_nuclei.data.datasets import Sample

NUCLEI = 10


def paint(sample: Sample, count: int, seed: int) -> Sample:
    """Return a sample with `count` neighbouring nuclei around a random one."""
    numbers = np.unique(sample.labels)[1:]
    centres = np.array(
        [np.argwhere(sample.labels == number).mean(axis=0) for number in numbers]
    )
    first = np.random.default_rng(seed).integers(len(numbers))
    distance = np.hypot(*(centres - centres[first]).T)
    near = numbers[np.argsort(distance)[:count]]
    labels = np.where(np.isin(sample.labels, near), sample.labels, 0)
    return replace(sample, labels=labels.astype(np.int32))


def rest_of(sample: Sample, painted: Sample) -> Sample:
    """Return the sample without the painted nuclei, which are not annotated."""
    annotated = ~expand_mask(painted.labels > 0, 2)
    labels = np.where(painted.labels > 0, 0, sample.labels).astype(np.int32)
    return replace(sample, labels=labels, annotated=annotated)
