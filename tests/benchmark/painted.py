"""Some nuclei of an image, painted as in the truth; like napari without TensorFlow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_nuclei.data.annotated_mask import expand_mask
from napari_nuclei.data.datasets import Sample

NUCLEI = 10


def paint(sample: Sample, count: int, seed: int) -> Sample:
    """Return a sample of which `count` nuclei are painted, those nearest to one."""
    numbers = np.unique(sample.labels)[1:]
    centres = np.array(
        [np.argwhere(sample.labels == number).mean(axis=0) for number in numbers]
    )
    first = np.random.default_rng(seed).integers(len(numbers))
    away = np.hypot(*(centres - centres[first]).T)
    near = numbers[np.argsort(away)[:count]]
    labels = np.where(np.isin(sample.labels, near), sample.labels, 0)
    return replace(sample, labels=labels.astype(np.int32))


def rest_of(sample: Sample, painted: Sample) -> Sample:
    """Return the sample with what was painted, and the pixels beside it, unknown."""
    annotated = ~expand_mask(painted.labels > 0, 2)
    labels = np.where(painted.labels > 0, 0, sample.labels).astype(np.int32)
    return replace(sample, labels=labels, annotated=annotated)
