"""Distinguish kinds of images: grey or coloured, on dark or on bright background."""

from __future__ import annotations

import numpy as np

from napari_nuclei.core.diameter import area_weighted_diameter, object_areas
from napari_nuclei.core.normalize import is_grey
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.masks import without_alpha

LARGE_DIAMETER = 40
"""Nuclei of at least this diameter, in pixels, are large."""


def image_kind(sample: Sample) -> str:
    """Return the kind of an image, such as "grey, dark background, small nuclei".

    Images of one kind come from similar stains and magnifications, so a part of a data
    set should have as many of each kind as the others.

    Parameters
    ----------
    sample : Sample

    Examples
    --------
    >>> labels = np.zeros((20, 20), np.int32)
    >>> labels[4:9, 4:9] = 1
    >>> image_kind(Sample("a", np.where(labels > 0, 200, 20), labels))
    'grey, dark background, small nuclei'
    """
    image = without_alpha(sample.image)
    colour = "grey" if image.ndim == 2 or is_grey(image) else "colour"
    plane = image if image.ndim == 2 else image.mean(axis=-1)
    inside = sample.labels > 0
    if inside.any() and not inside.all():
        dark = plane[~inside].mean() < plane[inside].mean()
    else:
        dark = bool(np.median(plane) < (plane.min() + plane.max()) / 2)
    size = area_weighted_diameter(object_areas(sample.labels)) if inside.any() else 0.0
    large = "large" if size >= LARGE_DIAMETER else "small"
    return f"{colour}, {'dark' if dark else 'bright'} background, {large} nuclei"
