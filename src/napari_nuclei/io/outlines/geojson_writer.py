"""Write nuclei as GeoJSON, which QuPath opens as objects with measurements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.io.origin import SIGNATURE
from napari_nuclei.io.outlines.class_colours import NUCLEUS, choose_colours
from napari_nuclei.io.outlines.polygons import Polygon, find_outlines

if TYPE_CHECKING:
    import pandas as pd

CLASS_COLUMN = "class"
"""Column of a table whose values become QuPath's classifications."""


def encode_geojson(
    planes: Mapping[PlaneIndex, NDArray[np.integer]],
    table: pd.DataFrame,
    stack_axes: Sequence[str] = (),
    colours: Mapping[str, Sequence[int]] | None = None,
) -> bytes:
    """Return nuclei as the bytes of a GeoJSON file that QuPath reads.

    Parameters
    ----------
    planes : dict of tuple of int to ndarray of int, shape (Y, X)
        Labels of each plane by its index along `stack_axes`; a single plane has the
        index ().
    table : DataFrame
        One row for each nucleus, as `measure` gives it. Its numbers become
        measurements, its column `class` the classification, other text metadata.
    stack_axes : sequence of str
        Letters of the axes of the stack, or "plane". QuPath knows only Z and T: the
        planes of all other axes are numbered as T.
    colours : dict of str to sequence of int, optional
        Red, green and blue of classes, 0 to 255.

    Raises
    ------
    ValueError
        If a colour is not three numbers of 0 to 255, or the table lacks a nucleus.
    """
    properties = ObjectProperties(table, stack_axes, colours)
    nuclei = []
    numbers: dict[PlaneIndex, int] = {}
    for index, labels in planes.items():
        where: dict[str, int] = dict(zip(stack_axes, index, strict=True))
        others = tuple(n for axis, n in where.items() if axis != "Z")
        frame = numbers.setdefault(others, len(numbers))
        for outline in find_outlines(labels):
            pieces = [[close_ring(ring) for ring in part] for part in outline.parts]
            single = len(pieces) == 1
            nuclei.append(
                {
                    "type": "Feature",
                    "geometry": {
                        "type": "Polygon" if single else "MultiPolygon",
                        "coordinates": pieces[0] if single else pieces,
                        # QuPath's position in a stack; others do not read it.
                        "plane": {"c": -1, "z": where.get("Z", 0), "t": frame},
                    },
                    "properties": properties.of_nucleus(outline.label, where),
                }
            )
    content = {
        "type": "FeatureCollection",
        "software": SIGNATURE,
        # What follows lets this package read the labels back as they were.
        "axes": [*stack_axes, "Y", "X"],
        "shape": labels_shape(planes),
        "classified": properties.classified,
        "features": nuclei,
    }
    return json.dumps(content).encode()


def labels_shape(planes: Mapping[PlaneIndex, NDArray[np.integer]]) -> list[int]:
    """Return the shape of the labels whose planes these are.

    Examples
    --------
    >>> labels_shape({(0,): np.zeros((3, 4), int), (1,): np.zeros((3, 4), int)})
    [2, 3, 4]
    """
    stack = (np.array([*planes]).reshape(len(planes), -1).max(axis=0) + 1).tolist()
    plane = next(iter(planes.values()))
    return [*map(int, stack), *plane.shape]


class ObjectProperties:
    """The properties of QuPath's objects, from the rows of a table.

    Parameters
    ----------
    table, stack_axes, colours
        As for `encode_geojson`.
    """

    def __init__(
        self,
        table: pd.DataFrame,
        stack_axes: Sequence[str],
        colours: Mapping[str, Sequence[int]] | None,
    ) -> None:
        columns = {str(name): values for name, values in table.items()}
        # Nuclei joined over slices have one row, and no column for Z.
        self.own_axes = [axis for axis in stack_axes if axis.lower() in columns]
        indices = [columns.pop(axis.lower()).tolist() for axis in self.own_axes]
        keys = zip(*indices, table.index, strict=True)
        self.rows = {key: row for row, key in enumerate(keys)}
        self.classified = CLASS_COLUMN in columns
        self.classes = text_values(columns.pop(CLASS_COLUMN, None))
        self.colours = choose_colours(
            [NUCLEUS, *sorted({name for name in self.classes if name})], colours
        )
        self.numbers = {
            name: number_values(values)
            for name, values in columns.items()
            if values.dtype.kind in "biuf"
        }
        self.texts = {
            name: text_values(values)
            for name, values in columns.items()
            if name not in self.numbers
        }

    def of_nucleus(self, label: int, where: Mapping[str, int]) -> dict[str, Any]:
        """Return the properties of a nucleus in the plane at `where`."""
        row = self.rows.get((*(where[axis] for axis in self.own_axes), label))
        if row is None:
            raise ValueError(
                f"The table has no row for nucleus {label}; measure the labels again"
            )
        properties: dict[str, Any] = {
            "objectType": "detection",
            "name": f"nucleus {label}",
        }
        name = self.classes[row] if self.classified else NUCLEUS
        if name is not None:
            colour = list(self.colours[name])
            properties["classification"] = {"name": name, "color": colour}
        properties["measurements"] = {
            name: values[row]
            for name, values in self.numbers.items()
            if np.isfinite(values[row])
        }
        texts = {name: values[row] for name, values in self.texts.items()}
        if any(text is not None for text in texts.values()):
            properties["metadata"] = {n: t for n, t in texts.items() if t is not None}
        return properties


def number_values(values: pd.Series[Any]) -> list[int | float]:
    """Return a column as numbers of JSON: booleans as 0 and 1, missing ones as NaN."""
    are_integers = values.dtype.kind != "f" and not values.isna().any()
    # Pandas before 3.0 takes no missing value for integers, even if none is missing.
    numbers = (
        values.to_numpy("int64")
        if are_integers
        else values.to_numpy("float64", na_value=np.nan)
    )
    plain: list[int | float] = numbers.tolist()
    return plain


def text_values(values: pd.Series[Any] | None) -> list[str | None]:
    """Return a column as text, with None for what is missing."""
    if values is None:
        return []
    missing = values.isna().tolist()
    return [
        None if lacks else str(value)
        for value, lacks in zip(values.tolist(), missing, strict=True)
    ]


def close_ring(polygon: Polygon) -> list[list[int]]:
    """Return a polygon with its first point again at the end, as GeoJSON needs it."""
    points: list[list[int]] = polygon.tolist()
    return [*points, points[0]]
