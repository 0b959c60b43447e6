"""Read the objects of GeoJSON, as QuPath and this package write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.outlines.class_colours import Colour, check_colour
from napari_nuclei.io.outlines.outlined_object import (
    OutlinedObject,
    OutlineFile,
    check_layout,
    label_of_name,
)

MAX_BYTES = 2_000_000_000
"""Size above which a file is not read."""

NUCLEI = ("detection", "cell")
"""Types of QuPath's objects that are nuclei; annotations usually are regions."""


def read_geojson(path: Path) -> OutlineFile:
    """Read the nuclei of a GeoJSON file.

    If there are detections or cells, annotations are left out. Of a cell the nucleus
    is read.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not GeoJSON, or has no polygon.
    """
    content, features = read_features(path)
    try:
        flat_features = [*flatten_features(features)]
        kinds = [object_type(feature) for feature in flat_features]
        has_nuclei = any(kind in NUCLEI for kind in kinds)
        chosen = [
            feature
            for feature, kind in zip(flat_features, kinds, strict=True)
            if kind in NUCLEI or not has_nuclei
        ]
        objects = [item for item in map(decode_feature, chosen) if item is not None]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise not_geojson(path) from None
    if chosen and not objects:
        raise ValueError(f"{path.name} holds no polygons, only points or lines")
    notes = []
    if len(flat_features) > len(chosen):
        notes.append(
            f"{path.name} has detections: its annotations are not read as nuclei "
            f"({len(flat_features) - len(chosen)} left out)"
        )
    if len(chosen) > len(objects):
        notes.append(
            f"Points and lines of {path.name} are left out "
            f"({len(chosen) - len(objects)} of {len(chosen)} objects)"
        )
    axes, shape = check_layout(content.get("axes"), content.get("shape"))
    classified = content.get("classified") is not False
    return OutlineFile(
        name=path.name,
        objects=tuple(objects),
        axes=axes,
        shape=shape,
        classified=classified,
        notes=tuple(notes),
    )


def read_features(path: Path) -> tuple[dict[str, Any], list[Any]]:
    """Return the members of a collection and its features.

    A list of features and a single feature are read too, as QuPath writes them.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_BYTES // 10**9} GB")
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        if isinstance(content, list):
            return {}, content
        if content.get("type") == "Feature":
            return {}, [content]
        features = content["features"]
        if not isinstance(features, list):
            raise TypeError(type(features))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise not_geojson(path) from None
    return content, features


def not_geojson(path: Path) -> ValueError:
    """Return the error for a file that is not a GeoJSON file of polygons."""
    return ValueError(
        f"{path.name} is not GeoJSON of polygons; export objects as GeoJSON"
    )


def flatten_features(features: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield features and the objects inside them."""
    waiting = features[::-1]
    while waiting:
        feature = waiting.pop()
        inside = (feature.get("properties") or {}).get("childObjects") or []
        waiting.extend(inside[::-1])
        if feature.get("geometry") and object_type(feature) != "root":
            yield feature


def object_type(feature: Mapping[str, Any]) -> str:
    """Return the type of QuPath's object: annotation, detection, cell and so on.

    Before QuPath 0.3 it was in `object_type`.
    """
    properties = feature.get("properties") or {}
    kind = properties.get("objectType") or properties.get("object_type")
    return str(kind or "annotation")


def decode_feature(feature: Mapping[str, Any]) -> OutlinedObject | None:
    """Return an object; None if its geometry has no area."""
    geometry = feature.get("nucleusGeometry") or feature["geometry"]
    polygons = [*decode_polygons(geometry)]
    if not polygons:
        return None
    properties = feature.get("properties") or {}
    plane = feature["geometry"].get("plane") or {}
    name, colour = decode_class(properties.get("classification"))
    metadata = properties.get("metadata") or {}
    return OutlinedObject(
        polygons=tuple(polygons),
        label=label_of_name(properties.get("name")),
        class_name=name,
        colour=colour,
        numbers=decode_measurements(properties.get("measurements")),
        texts={str(key): str(text) for key, text in metadata.items()},
        slice_index=max(0, int(plane.get("z") or 0)),
        frame=max(0, int(plane.get("t") or 0)),
    )


def decode_polygons(
    geometry: Mapping[str, Any],
) -> Iterator[tuple[NDArray[np.float64], ...]]:
    """Yield the polygons of a geometry: the outer ring (x, y) of each and its holes.

    Raises
    ------
    ValueError
        If a ring has fewer than three points, or a point is not finite.
    """
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from decode_polygons(part)
        return
    polygons = {
        "Polygon": [geometry.get("coordinates")],
        "MultiPolygon": geometry.get("coordinates"),
    }.get(kind, [])
    for polygon in [] if polygons is None else polygons:
        rings = tuple(
            np.array([point[:2] for point in ring], float) for ring in polygon or ()
        )
        if not rings or any(len(r) < 3 or not np.isfinite(r).all() for r in rings):
            raise ValueError(kind)
        yield rings


def decode_class(classification: Any) -> tuple[str | None, Colour | None]:
    """Return the name and the colour of a class.

    QuPath's newer files have a list of names, "Tumor" and "Positive", of which older
    ones make "Tumor: Positive". Older files have the colour as one number, 0xRRGGBB.

    Examples
    --------
    >>> decode_class({"name": "Tumor", "colorRGB": -3670016})
    ('Tumor', (200, 0, 0))
    >>> decode_class({"names": ["Tumor", "Positive"], "color": [200, 0, 0]})
    ('Tumor: Positive', (200, 0, 0))
    """
    if not classification:
        return None, None
    if isinstance(classification, str):
        return classification, None
    names = classification.get("names")
    name = ": ".join(map(str, names)) if names else classification.get("name")
    if name is None:
        return None, None
    colour = classification.get("color")
    packed = classification.get("colorRGB")
    if colour is None and isinstance(packed, int):
        colour = [packed >> 16 & 255, packed >> 8 & 255, packed & 255]
    try:
        return str(name), None if colour is None else check_colour(name, colour)
    except ValueError:
        return str(name), None


def decode_measurements(measurements: Any) -> dict[str, float]:
    """Return measurements by name.

    Older files of QuPath have a list of names and values. Infinite and missing values
    are text, such as "NaN".

    Examples
    --------
    >>> decode_measurements([{"name": "Area", "value": 12.5}])
    {'Area': 12.5}
    >>> decode_measurements({"Area": 12, "Ratio": "NaN"})
    {'Area': 12, 'Ratio': nan}
    """
    if not measurements:
        return {}
    if isinstance(measurements, list):
        pairs = [
            (measurement["name"], measurement["value"]) for measurement in measurements
        ]
    else:
        pairs = [*measurements.items()]
    return {
        str(name): value if isinstance(value, (int, float)) else float(value)
        for name, value in pairs
        if value is not None
    }
