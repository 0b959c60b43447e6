"""Read the regions of an image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 200_000_000
"""Size above which a file of regions is not read."""


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
        If it is no GeoJSON of polygons, or a region lies outside the image.
    """
    path = Path(path).expanduser()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(MAX_BYTES)
        content = json.loads(path.read_text(encoding="utf-8"))
        features = content if isinstance(content, list) else content["features"]
        found = [
            (region_name(feature, number), polygons_of(feature["geometry"]))
            for number, feature in enumerate(features, 1)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(
            f"{path.name} is no GeoJSON of polygons; export annotations as GeoJSON"
        ) from None
    regions: dict[str, NDArray[np.bool_]] = {}
    for name, polygons in found:
        inside = np.zeros(shape, bool)
        for rings in polygons:
            inside |= fill_rings(rings, shape)
        if not inside.any():
            raise ValueError(
                f"region {name!r} of {path.name} lies outside the image of "
                f"{shape[0]} x {shape[1]} pixels"
            )
        regions[name] = regions[name] | inside if name in regions else inside
    if not regions:
        raise ValueError(f"{path.name} holds no region")
    return regions


def region_name(feature: dict[str, Any], number: int) -> str:
    """Return the name of a region, or its class, or its number."""
    properties = feature.get("properties") or {}
    classification = properties.get("classification") or {}
    name = properties.get("name") or classification.get("name")
    return str(name or f"region {number}")


def polygons_of(geometry: dict[str, Any]) -> list[list[NDArray[np.float64]]]:
    """Return the polygons of a geometry: the outer ring (x, y) of each, and its holes.

    Raises
    ------
    ValueError
        If the geometry is no polygon.
    """
    kinds = {"Polygon": [geometry["coordinates"]]}
    kinds["MultiPolygon"] = geometry["coordinates"]
    found = [
        [np.array([point[:2] for point in ring], float) for ring in polygon]
        for polygon in kinds.get(geometry["type"], [])
    ]
    if not found or any(len(ring) < 3 for rings in found for ring in rings):
        raise ValueError(geometry["type"])
    return found


def fill_rings(
    rings: list[NDArray[np.float64]], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return the pixels whose centres lie in a polygon and not in its holes."""
    from skimage.draw import polygon

    inside = np.zeros(shape, bool)
    for number, ring in enumerate(rings):
        rows, columns = polygon(ring[:, 1] - 0.5, ring[:, 0] - 0.5, shape)
        inside[rows, columns] = number == 0
    return inside
