"""Measure every nucleus of an image: one row per nucleus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex, make_layout
from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.measure.check_labels import check_labels
from napari_nuclei.core.measure.solidity import measure_solidity

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, NDArray[Any]]
"""Measurements by name, each of shape (nuclei,)."""

INTENSITY = "intensity"
"""Name of an image that the caller did not name."""

PLANE = "plane"
"""Column with the number of the plane, for a stack whose axes have no names."""


@dataclass(frozen=True, slots=True)
class PlaneToMeasure:
    """One plane of labels, and the images to measure in it.

    Attributes
    ----------
    index : tuple of int
        Index of the plane along each axis of the stack; empty for a single plane.
    labels : ndarray of int, shape (Y, X)
    images : dict of str to ndarray of shape (Y, X) or (Y, X, S)
        Images by name. The colours of an image are averaged, alpha is left out.
    foreground : ndarray of float32, shape (Y, X), optional
        Foreground probability.
    """

    index: PlaneIndex
    labels: NDArray[np.integer]
    images: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    foreground: NDArray[np.float32] | None = None


def measure(
    labels: NDArray[np.integer],
    images: NDArray[Any] | Mapping[str, NDArray[Any]] | None = None,
    *,
    foreground: NDArray[np.float32] | None = None,
    pixel_size: float | None = None,
    axes: str | None = None,
    check: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Measure every nucleus.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or (..., Y, X)
        Labels of the nuclei; 0 is background. Each plane of a stack is measured on
        its own.
    images : ndarray, or dict of str to ndarray, optional
        Image in which intensities are measured, or several images by name. Each has
        the shape of `labels`, or that shape and a last axis of colours, which are
        averaged.
    foreground : ndarray of float32, optional
        Foreground probability, of the shape of `labels`.
    pixel_size : float, optional
        Side of a pixel, in µm.
    axes : str, optional
        One letter for each axis of `labels`, such as TYX or TZYX.
    check : callable, optional
        Called from time to time; raise an exception in it to stop.

    Returns
    -------
    DataFrame
        One row per nucleus. The index is `label`. The columns are

        - one for each axis of a stack, named by its letter: `t`, `z`, ... (`plane` if
          `axes` is not given): index of the plane
        - `area` (px), `diameter` (px, of the disc of the same area)
        - `centroid_y`, `centroid_x` (px)
        - `eccentricity`, `solidity`
        - `intensity_sum`, `intensity_mean` of one image, or `<name>_sum`,
          `<name>_mean` of each named image
        - `confidence` (mean foreground probability), with `foreground`
        - `touches_border` (bool)
        - `area_um2`, `diameter_um`, with `pixel_size`

    Raises
    ------
    TypeError
        If `labels` are not integers.
    ValueError
        If a label is negative, an image or the foreground does not have the shape of
        `labels`, or `axes` do not fit them.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.zeros((8, 8), int)
    >>> labels[1:4, 1:5] = 1
    >>> table = measure(labels, pixel_size=0.5)
    >>> table.loc[1, ["area", "area_um2", "centroid_x"]].tolist()
    [12.0, 3.0, 2.5]
    """
    labels = np.asarray(labels)
    check_labels(labels)
    if images is None:
        images = {}
    elif not isinstance(images, Mapping):
        images = {INTENSITY: images}
    images = {name: np.asarray(image) for name, image in images.items()}
    for name, image in images.items():
        if labels.shape not in (image.shape, image.shape[:-1]):
            raise ValueError(
                f"image {name!r} must have the shape of the labels, {labels.shape}, or "
                f"this shape and an axis of colours; got {image.shape}"
            )
    if foreground is not None and foreground.shape != labels.shape:
        raise ValueError(
            f"foreground must have the shape of the labels, {labels.shape}; got "
            f"{foreground.shape}"
        )
    stack_axes: Sequence[str] = ()
    order = tuple(range(labels.ndim))
    if axes is not None:
        layout = make_layout(labels.shape, axes)
        if layout.label_axes != layout.axes:
            raise ValueError(f"axes of labels have no colours or channels; got {axes}")
        stack_axes = layout.stack_axes
        order = tuple(layout.axes.index(axis) for axis in (*stack_axes, "Y", "X"))
    elif labels.ndim > 2:
        stack_axes = (PLANE,)

    def planes_of(values: NDArray[Any]) -> NDArray[Any]:
        values = values.transpose(*order, *range(labels.ndim, values.ndim))
        return values.reshape(-1, *values.shape[labels.ndim - 2 :])

    sizes = [labels.shape[axis] for axis in order[:-2]]
    if stack_axes == (PLANE,):
        sizes = [int(np.prod(sizes))]
    label_planes = planes_of(labels)
    image_planes = {name: planes_of(image) for name, image in images.items()}
    foreground_planes = None if foreground is None else planes_of(foreground)
    planes = (
        PlaneToMeasure(
            index,
            label_planes[number],
            {name: values[number] for name, values in image_planes.items()},
            None if foreground_planes is None else foreground_planes[number],
        )
        for number, index in enumerate(np.ndindex(*sizes))
    )
    return measure_planes(planes, stack_axes, pixel_size=pixel_size, check=check)


def measure_planes(
    planes: Iterable[PlaneToMeasure],
    stack_axes: Sequence[str],
    *,
    pixel_size: float | None = None,
    check: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Measure the nuclei of planes that are read one after another.

    Parameters
    ----------
    planes : iterable of PlaneToMeasure
        At least one; all have images of the same names.
    stack_axes : sequence of str
        Names of the axes of the stack, one for each number in a plane's index.
    pixel_size, check
        As for `measure`.

    Returns
    -------
    DataFrame
        As from `measure`.
    """
    measured = []
    for plane in planes:
        columns = measure_plane(
            plane.labels, plane.images, plane.foreground, check=check
        )
        measured.append(add_plane_index(columns, stack_axes, plane.index))
    joined = {
        name: np.concatenate([columns[name] for columns in measured])
        for name in measured[0]
    }
    return to_dataframe(add_physical_sizes(joined, pixel_size))


def add_plane_index(
    columns: Columns, stack_axes: Sequence[str], index: PlaneIndex
) -> Columns:
    """Return measurements with a column for each axis of the stack, after the label.

    Parameters
    ----------
    columns : dict of str to ndarray
        Measurements of one plane.
    stack_axes : sequence of str
        Names of the axes, such as "TZ"; columns are named in lower case.
    index : tuple of int
        Index of the plane along each of these axes.
    """
    labels = columns["label"]
    numbers = {
        axis.lower(): np.full(len(labels), number, np.int64)
        for axis, number in zip(stack_axes, index, strict=True)
    }
    return {"label": labels, **numbers, **columns}


def to_dataframe(columns: Columns) -> pd.DataFrame:
    """Return measurements as a table whose index is the label."""
    import pandas as pd

    return pd.DataFrame(columns).set_index("label")


def add_physical_sizes(columns: Columns, pixel_size: float | None) -> Columns:
    """Return measurements with area and diameter in µm too, if a pixel size is given.

    Parameters
    ----------
    columns : dict of str to ndarray
    pixel_size : float, optional
        Side of a pixel, in µm.
    """
    if pixel_size is None:
        return columns
    return {
        **columns,
        "area_um2": columns["area"] * pixel_size**2,
        "diameter_um": columns["diameter"] * pixel_size,
    }


def measure_plane(
    labels: NDArray[np.integer],
    images: Mapping[str, NDArray[Any]],
    foreground: NDArray[np.float32] | None,
    *,
    solidity: bool = True,
    check: Callable[[], object] = lambda: None,
) -> Columns:
    """Measure the nuclei of one plane; the columns are those of `measure`.

    `solidity` needs the convex hull of each nucleus, which takes much longer than all
    other measurements; pass False to leave out this column.
    """
    positions = np.flatnonzero(labels)
    found, row = np.unique(labels.ravel()[positions], return_inverse=True)
    rows, columns = np.divmod(positions, labels.shape[1])
    area = np.bincount(row, minlength=len(found))

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.bincount(row, values, len(found)).astype(np.float64, copy=False)

    centre_y, centre_x = total(rows) / area, total(columns) / area
    y, x = rows - centre_y[row], columns - centre_x[row]
    yy, xx, xy = total(y * y), total(x * x), total(x * y)
    # The axes of the ellipse of the same second moments.
    spread = np.sqrt((yy - xx) ** 2 + 4 * xy**2)
    major, minor = yy + xx + spread, np.clip(yy + xx - spread, 0, None)
    measured: Columns = {
        "label": found.astype(np.int64),
        "area": area.astype(np.float64),
        "diameter": np.sqrt(area * (4 / np.pi)),
        "centroid_y": centre_y,
        "centroid_x": centre_x,
        "eccentricity": np.sqrt(1 - minor / np.where(major > 0, major, np.inf))
        * (major > 0),
    }
    if solidity:
        compact = labels
        if len(found) and int(found[-1]) != len(found):
            # find_objects lists all numbers up to the largest one.
            compact = np.zeros(labels.shape, np.int32)
            compact.ravel()[positions] = row + 1
        measured["solidity"] = measure_solidity(compact, check)
    for name, image in images.items():
        if image.ndim > labels.ndim:
            image = image[..., :3].mean(axis=-1)
        measured[f"{name}_sum"] = total(image.ravel()[positions])
        measured[f"{name}_mean"] = measured[f"{name}_sum"] / area
    if foreground is not None:
        measured["confidence"] = total(foreground.ravel()[positions]) / area
    measured["touches_border"] = np.isin(found, np.concatenate(border_pixels(labels)))
    return measured
