"""Read the regions of an image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.io.outlines.geojson_reader import (
    decode_class,
    decode_polygons,
    flatten_features,
    read_features,
)
from napari_nuclei.io.outlines.polygons import fill_polygon


def read_regions(
    path: str | Path, shape: tuple[int, int]
) -> dict[str, NDArray[np.bool_]]:
    """Read regions from GeoJSON, as QuPath exports annotations.

    Parameters
    ----------
    path : path-like
        A GeoJSON file of polygons, in pixels; (0, 0) is the corner of the first pixel.
    shape : tuple of int
        Height and width of the image.

    Returns
    -------
    dict of str to ndarray of bool, shape (Y, X)
        Pixels of each region, by its name; else by its class; else "region 1" and so
        on. Regions of one name are one region; holes are left out.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a GeoJSON file of polygons, or a region lies outside the image.

    Warns
    -----
    ImageWarning
        If points or lines are left out.
    """
    path = Path(path).expanduser()
    try:
        _, features = read_features(path)
        found = [
            (region_name(feature, number), [*decode_polygons(feature["geometry"])])
            for number, feature in enumerate(flatten_features(features), 1)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(
            f"{path.name} is not GeoJSON of polygons; export annotations as GeoJSON"
        ) from None
    left_out = sum(not polygons for _, polygons in found)
    if left_out:
        warn_user(
            f"{path.name}: points and lines are not regions ({left_out} left out)",
            ImageWarning,
        )
    regions: dict[str, NDArray[np.bool_]] = {}
    for name, polygons in found:
        if not polygons:
            continue
        inside = np.zeros(shape, bool)
        for rings in polygons:
            window, pixels = fill_polygon(rings, shape)
            inside[window] |= pixels
        if not inside.any():
            raise ValueError(
                f"region {name!r} of {path.name} lies outside the image of "
                f"{shape[0]} x {shape[1]} pixels"
            )
        regions[name] = regions[name] | inside if name in regions else inside
    if not regions:
        raise ValueError(f"{path.name} holds no region")
    return regions


def region_name(feature: Mapping[str, Any], number: int) -> str:
    """Return the name of a region, or its class, or its number."""
    properties = feature.get("properties") or {}
    class_name, _ = decode_class(properties.get("classification"))
    return str(properties.get("name") or class_name or f"region {number}")
