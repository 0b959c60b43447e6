"""A nucleus as a file of outlines describes it, before its pixels are drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.outlines.class_colours import Colour

LABEL_IN_NAME = re.compile(r"nucleus (\d+)|(?:\d{4,}-)?(\d{5,})")
"""Names of nuclei in the files that this package writes: GeoJSON, ImageJ regions."""

MAX_LABEL = int(np.iinfo(np.int32).max)


@dataclass(frozen=True, slots=True)
class OutlinedObject:
    """A nucleus, or the part of it in one plane.

    Attributes
    ----------
    polygons : tuple of tuple of ndarray of float, shape (n, 2)
        For each piece its outer ring, then its holes; points are (x, y).
    label : int, optional
        Its number, if the file states one.
    class_name : str, optional
    colour : tuple of int, optional
        Colour of its class.
    numbers : dict of str to float
        Its measurements.
    texts : dict of str to str
        Text that belongs to it.
    slice_index, frame : int
        Its position along Z and T, from 0.
    plane_number : int, optional
        Its plane, counted over the whole stack from 0, if the file states only that.
    even_odd : bool
        Whether pixels in an even number of polygons lie outside.
    """

    polygons: tuple[tuple[NDArray[np.float64], ...], ...]
    label: int | None = None
    class_name: str | None = None
    colour: Colour | None = None
    numbers: dict[str, float] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    slice_index: int = 0
    frame: int = 0
    plane_number: int | None = None
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class OutlineFile:
    """What a file of outlines holds.

    Attributes
    ----------
    name : str
        Name of the file.
    objects : tuple of OutlinedObject
    axes : str
        One letter for each axis of the labels; empty if the file does not state it.
    shape : tuple of int
        Shape of the labels; empty if the file does not state it.
    classified : bool
        Whether the nuclei were classified: there are classes besides "Nucleus".
    notes : tuple of str
        Sentences on what was left out.
    """

    name: str
    objects: tuple[OutlinedObject, ...]
    axes: str = ""
    shape: tuple[int, ...] = ()
    classified: bool = True
    notes: tuple[str, ...] = ()


def label_of_name(name: Any) -> int | None:
    """Return the label that the name of an object states, or None.

    Examples
    --------
    >>> label_of_name("nucleus 12"), label_of_name("0003-00012"), label_of_name("x 1")
    (12, 12, None)
    """
    match = LABEL_IN_NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        return None
    label = int(match[1] or match[2])
    return label if 0 < label <= MAX_LABEL else None


def check_layout(axes: Any, shape: Any) -> tuple[str, tuple[int, ...]]:
    """Return the axes and the shape that a file states; empty if they are not usable.

    Examples
    --------
    >>> check_layout(["Z", "Y", "X"], [3, 40, 60])
    ('ZYX', (3, 40, 60))
    >>> check_layout(["Y", "X"], [3, 40, 60])
    ('', ())
    """
    if not isinstance(axes, (list, tuple)) or not isinstance(shape, (list, tuple)):
        return "", ()
    names = "".join(axes) if all(isinstance(axis, str) for axis in axes) else ""
    sizes = [n for n in shape if isinstance(n, int) and not isinstance(n, bool)]
    fits = len(names) == len(axes) == len(shape) == len(sizes) == len({*names})
    if not fits or names[-2:] != "YX" or min(sizes) < 0:
        return "", ()
    return names, tuple(sizes)
