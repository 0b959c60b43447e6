"""Turn nuclei into polygons along the edges of their pixels, and encode them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.io.origin import SIGNATURE

if TYPE_CHECKING:
    import pandas as pd

Polygon = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of one nucleus.

    Attributes
    ----------
    label : int
    parts : tuple of tuple of ndarray of int32, shape (n, 2)
        For each piece of the nucleus its polygon and then the polygons of its holes.
        The points are (column, row) of pixel corners: pixel 0 reaches from 0 to 1.
    """

    label: int
    parts: tuple[tuple[Polygon, ...], ...]


def find_outlines(labels: NDArray[np.integer]) -> Iterator[Outline]:
    """Yield the outline of every nucleus of a plane.

    The polygons enclose exactly the pixels of the nucleus.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)

    Examples
    --------
    >>> import numpy as np
    >>> (outline,) = find_outlines(np.ones((2, 3), int))
    >>> sorted(map(tuple, outline.parts[0][0].tolist()))
    [(0, 0), (0, 2), (3, 0), (3, 2)]
    """
    from scipy.ndimage import find_objects

    numbers = np.unique(labels)
    numbers = numbers[numbers > 0]
    # find_objects lists all numbers up to the largest label, and painted labels can be
    # far apart.
    order = np.searchsorted(numbers, labels) + 1
    order[labels == 0] = 0
    for number, window in zip(numbers, find_objects(order), strict=True):
        rows, columns = window
        mask = (labels[window] == number).astype(np.uint8)
        # At twice the size, the border pixels are on either side of a pixel corner.
        double = np.repeat(np.repeat(mask, 2, axis=0), 2, axis=1)
        found, tree = cv2.findContours(double, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        shift = np.array([columns.start, rows.start])
        polygons = [
            remove_collinear(to_pixel_corners(part[:, 0])) + shift for part in found
        ]
        parts = []
        for index, (_, _, child, parent) in enumerate(tree[0]):
            if parent >= 0:
                continue
            holes = []
            while child >= 0:
                holes.append(polygons[child])
                child = tree[0][child][0]
            parts.append((polygons[index], *holes))
        yield Outline(int(number), tuple(parts))


def to_pixel_corners(path: NDArray[Any]) -> Polygon:
    """Return the pixel corners next to border pixels of the image at twice the size."""
    return np.asarray((path + 1) // 2, np.int32)


def remove_collinear(path: NDArray[np.int32]) -> Polygon:
    """Return a closed path without repeated points and points on a straight line."""
    path = path[np.any(path != np.roll(path, 1, axis=0), axis=1)]
    before, after = path - np.roll(path, 1, axis=0), np.roll(path, -1, axis=0) - path
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    # A turn back along the same line is a corner too, the tip of a spike.
    turns |= (before * after).sum(axis=1) < 0
    return np.asarray(path[turns], np.int32)


def encode_geojson(
    planes: Mapping[PlaneIndex, NDArray[np.integer]],
    table: pd.DataFrame,
    stack_axes: Sequence[str] = (),
) -> bytes:
    """Return nuclei as the bytes of a GeoJSON file that QuPath reads.

    Parameters
    ----------
    planes : dict of tuple of int to ndarray of int, shape (Y, X)
        Labels of each plane by its index along `stack_axes`; a single plane has the
        index ().
    table : DataFrame
        One row for each nucleus, as `measure` gives it; its numbers become
        measurements.
    stack_axes : sequence of str
        Letters of the axes of the stack, or "plane". QuPath knows only Z and T; without
        T the planes of all other axes are numbered as T.
    """
    nuclei = []
    columns = {str(name): values.to_numpy() for name, values in table.items()}
    # Nuclei joined over slices have one row, and no column for Z.
    own_axes = [axis for axis in stack_axes if axis.lower() in columns]
    indices = [columns.pop(axis.lower()).tolist() for axis in own_axes]
    rows = {key: row for row, key in enumerate(zip(*indices, table.index, strict=True))}
    numbers: dict[PlaneIndex, int] = {}
    for index, labels in planes.items():
        where: dict[str, int] = dict(zip(stack_axes, index, strict=True))
        if "T" not in where:
            others = tuple(n for axis, n in where.items() if axis != "Z")
            where["T"] = numbers.setdefault(others, len(numbers))
        for outline in find_outlines(labels):
            row = rows[(*(where[axis] for axis in own_axes), outline.label)]
            measured = {
                name: round(float(values[row]), 6)
                for name, values in columns.items()
                if np.isfinite(values[row])
            }
            pieces = [[close_ring(ring) for ring in part] for part in outline.parts]
            single = len(pieces) == 1
            nuclei.append(
                {
                    "type": "Feature",
                    "geometry": {
                        "type": "Polygon" if single else "MultiPolygon",
                        "coordinates": pieces[0] if single else pieces,
                        # QuPath's position in a stack; others do not read it.
                        "plane": {
                            "c": -1,
                            "z": where.get("Z", 0),
                            "t": where.get("T", 0),
                        },
                    },
                    "properties": {
                        "objectType": "detection",
                        "name": f"nucleus {outline.label}",
                        "classification": {"name": "Nucleus", "color": [0, 200, 120]},
                        "measurements": measured,
                    },
                }
            )
    return json.dumps(
        {"type": "FeatureCollection", "software": SIGNATURE, "features": nuclei}
    ).encode()


def close_ring(polygon: Polygon) -> list[list[int]]:
    """Return a polygon with its first point again at the end, as GeoJSON needs it."""
    points: list[list[int]] = polygon.tolist()
    return [*points, points[0]]


def encode_rois(planes: Mapping[int, NDArray[np.integer]], *, stack: bool) -> bytes:
    """Return nuclei as the bytes of a zip of ImageJ regions.

    Each piece of a nucleus is a region. Holes are filled, since polygons of ImageJ
    have none.

    Parameters
    ----------
    planes : dict of int to ndarray of int, shape (Y, X)
        Labels of each plane by its number in the stack, from 0.
    stack : bool
        Whether a region belongs to its plane instead of all planes.
    """
    from roifile import ROI_TYPE, ImagejRoi

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, labels in planes.items():
            for outline in find_outlines(labels):
                for piece, part in enumerate(outline.parts):
                    name = f"{number + 1:04d}-" if stack else ""
                    name += f"{outline.label:05d}" + (f"-{piece}" if piece else "")
                    roi = ImagejRoi.frompoints(
                        part[0], name=name, position=number if stack else None
                    )
                    roi.roitype = ROI_TYPE.POLYGON
                    archive.writestr(f"{name}.roi", roi.tobytes())
        archive.comment = SIGNATURE.encode()
    return file.getvalue()
