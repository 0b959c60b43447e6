"""The quality of a field of a plate, in the attributes of its labels."""

from __future__ import annotations

from contextlib import closing
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.plane_regions import spread_evenly
from napari_nuclei.core.quality.assess_plane import assess_labels
from napari_nuclei.core.quality.flags import join_flags
from napari_nuclei.core.quality.quality import Quality, combine_planes
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.readers import open_image
from napari_nuclei.io.zarr_images import open_zarr_node
from napari_nuclei.scale.tables.quality_columns import QUALITY_COLUMNS, decode_quality

KEY = "napari_nuclei_quality"
"""Key of the quality in the attributes of labels."""

MAX_PIXELS = 1 << 26
"""Planes with more pixels are not read again to be measured."""

MAX_PLANES = 5
"""Largest number of planes of a stack that are measured."""


def assess_field(
    source: Path,
    labels: Path,
    *,
    nuclei: int,
    scale: float,
    model_diameter: float,
    axes: str | None = None,
    channel: int | str | None = None,
) -> Quality | None:
    """Assess the quality of a field, and write it to the attributes of its labels.

    What only the network knows, such as the confidence, is unknown.

    Parameters
    ----------
    source, labels : Path
        The image and the labels of the field, in OME-Zarr.
    nuclei : int
        Number of nuclei of the field.
    scale : float
        Network scale.
    model_diameter : float
        Diameter of the model's nuclei, in pixels.
    axes, channel
        As for `segment_large`.

    Returns
    -------
    Quality, optional
        None if the planes are too large.

    Raises
    ------
    OSError, ValueError
        If the image or its labels cannot be read, or the attributes not be written.
    """
    with closing(open_image(source)) as image:
        label_image = open_labels(labels)
        layout = image.layout(axes, channel)
        if int(np.prod(layout.plane_shape)) > MAX_PIXELS:
            return None
        count = layout.plane_count
        planes = []
        for number in spread_evenly(list(range(count)))[:MAX_PLANES]:
            index = layout.plane_index(number)
            plane = read_labels_of_plane(label_image, index)
            areas = np.bincount(plane.ravel())[1:]
            planes.append(
                assess_labels(
                    layout.read_plane(image.pixels, index),
                    plane,
                    areas[areas > 0],
                    scale=scale,
                    model_diameter=model_diameter,
                )
            )
    quality = combine_planes(planes, nuclei)
    if quality is not None:
        write_field_quality(labels, quality)
    return quality


def read_labels_of_plane(
    labels: LazyImage, index: tuple[int, ...]
) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Return the labels of a plane, numbered from 1 in it."""
    plane = np.asarray(labels.pixels[index])
    _, numbers = np.unique(plane, return_inverse=True)
    first = 0 if (plane == 0).any() else 1
    return (numbers.reshape(plane.shape) + first).astype(np.int32)


def write_field_quality(labels: Path, quality: Quality) -> None:
    """Write the quality and the flags to the attributes of labels."""
    numbers = {name: getattr(quality, name) for name in QUALITY_COLUMNS}
    content = {
        "flags": join_flags(quality.flags),
        "nuclei": quality.nuclei,
        **{name: None if isnan(value) else value for name, value in numbers.items()},
    }
    group = import_extra("zarr").open_group(labels, mode="r+")
    group.attrs[KEY] = content


def read_field_quality(labels: Path) -> Quality | None:
    """Return the quality in the attributes of labels.

    Returns
    -------
    Quality, optional
        None if there is none, or it is damaged.
    """
    try:
        content = dict(open_zarr_node(labels).attrs[KEY])
        texts = {
            name: "" if value is None else str(value) for name, value in content.items()
        }
        return decode_quality(texts, int(content["nuclei"]))
    except (KeyError, OSError, TypeError, ValueError):
        return None
