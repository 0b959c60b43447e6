"""Check that an array holds labels of nuclei."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

LARGEST = int(np.iinfo(np.int64).max)
"""Largest label of slices that are joined and of frames that are tracked."""


def as_labels(labels: Any) -> Any:
    """Return labels as an array of integers; dask, zarr and similar are not read.

    Parameters
    ----------
    labels : array of int, or sequence of planes

    Raises
    ------
    TypeError
        If these are not labels.
    ValueError
        If there are no pixels, planes differ in shape, or pixels are masked.

    Examples
    --------
    >>> as_labels([[[0, 1]], [[2, 0]]]).shape
    (2, 1, 2)
    """
    if not (hasattr(labels, "dtype") and hasattr(labels, "shape")):
        if isinstance(labels, str | bytes) or not isinstance(labels, Sequence):
            raise TypeError(
                f"labels must be an array of integers; got {labels!r:.60}. Read a file "
                "with read_labels"
            )
        if not labels:
            raise ValueError("labels have no planes")
        try:
            labels = np.asarray(labels)
        except ValueError as error:
            shapes = dict.fromkeys(np.shape(plane) for plane in labels[:1000])
            raise ValueError(
                "labels must be planes of the same shape; got the shapes "
                f"{' and '.join(map(str, [*shapes][:2]))}"
            ) from error
    check_label_type(labels.dtype)
    if np.ma.is_masked(labels):
        raise ValueError("labels have masked pixels; use labels.filled(0)")
    if 0 in labels.shape:
        raise ValueError(f"labels have no pixels; their shape is {tuple(labels.shape)}")
    return labels


def check_label_type(dtype: DTypeLike) -> None:
    """Raise TypeError unless a type is one of integers; say how to get them.

    Examples
    --------
    >>> check_label_type("float32")
    Traceback (most recent call last):
        ...
    TypeError: labels must be integers; got float32. Convert them with \
labels.astype(int)
    """
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        return
    remedy = ""
    if dtype.kind == "b":
        remedy = ". Number the nuclei first, as with skimage.measure.label"
    elif dtype.kind == "f":
        remedy = ". Convert them with labels.astype(int)"
    raise TypeError(f"labels must be integers; got {dtype}{remedy}")


def check_labels(labels: NDArray[Any], *, largest: int | None = None) -> None:
    """Raise an error unless an array holds labels: integers from 0 of two axes or more.

    Parameters
    ----------
    labels : ndarray
    largest : int, optional
        Largest label that is allowed.

    Raises
    ------
    TypeError
        If the labels are not integers.
    ValueError
        If a label is negative or too large, or there is no plane.

    Examples
    --------
    >>> check_labels(np.eye(3, dtype=int))
    """
    check_label_type(labels.dtype)
    if (lowest := int(labels.min(initial=0))) < 0:
        raise ValueError(
            f"labels must be 0 for background and positive for nuclei; got {lowest}"
        )
    if labels.ndim < 2:
        raise ValueError(f"labels must have the axes Y and X; got {labels.shape}")
    if largest is not None and (highest := int(labels.max(initial=0))) > largest:
        raise ValueError(f"labels must be {largest} at most; got {highest}")


def name_label_axes(
    shape: tuple[int, ...], axes: str | None, stacked: str, kind: str
) -> str:
    """Return the axes of labels that are stacked along an axis.

    Parameters
    ----------
    shape : tuple of int
    axes : str, optional
        One letter for each axis; by default the stacked one, Y and X.
    stacked : str
        The axis that is needed, "T" or "Z".
    kind : str
        What the labels are, for messages.

    Raises
    ------
    TypeError
        If the axes are not text.
    ValueError
        If they do not fit.

    Examples
    --------
    >>> name_label_axes((9, 64, 64), None, "Z", "z stack")
    'ZYX'
    >>> name_label_axes((9, 64, 64), "TYX", "Z", "z stack")
    Traceback (most recent call last):
        ...
    ValueError: the labels have no axis Z: their axes are TYX. Name them \
with --axes (axes=), such as ZYX
    """
    default = f"{stacked}YX"
    if axes is None:
        if len(shape) != 3:
            hint = '. Name them, such as axes="TZYX"' if len(shape) == 4 else ""
            raise ValueError(
                f"labels of a {kind} have the axes {default}; got the shape "
                f"{shape}{hint}"
            )
        return default
    if not isinstance(axes, str):
        raise TypeError(
            f"axes must be text with one letter per axis, such as {default}; got "
            f"{axes!r}"
        )
    names = axes.upper()
    if len(names) != len(shape) or len({*names}) != len(names):
        raise ValueError(
            f"axes must name each of the {len(shape)} axes of the shape {shape} once; "
            f"got {names}"
        )
    if not {"Y", "X"} <= {*names}:
        raise ValueError(f"axes must include Y and X; got {names}")
    if stacked not in names:
        if len(names) == 2:
            raise ValueError(f"the labels are a single plane, not a {kind}")
        others = [name for name in names if name not in "YX"]
        chosen = next((name for name in others if name not in "TZ"), others[0])
        raise ValueError(
            f"the labels have no axis {stacked}: their axes are {names}. Name "
            f"them with --axes (axes=), such as {names.replace(chosen, stacked)}"
        )
    return names
