"""Say in words how many nuclei were found, and in how many planes.

Each plane of a stack is segmented by itself, so a nucleus has an outline in every slice
or frame that shows it. Their number is that of the nuclei only after they are joined.
"""

from __future__ import annotations

from collections.abc import Sequence

PLANE_NOUNS = {"T": "frame", "Z": "slice", "P": "position"}
"""What a plane along an axis is called."""

SEPARATE_AXES = "P"
"""Axes along which the planes show different nuclei."""


def counted(count: int, noun: str) -> str:
    """Return a number and its noun, in the plural unless the number is 1.

    Examples
    --------
    >>> counted(1, "image"), counted(0, "image"), counted(2, "nucleus")
    ('1 image', '0 images', '2 nuclei')
    """
    plural = "nuclei" if noun == "nucleus" else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def plane_count(sizes: Sequence[int], axes: str) -> str:
    """Return the number of planes in words.

    Parameters
    ----------
    sizes : sequence of int
        Number of planes along each axis of the stack.
    axes : str
        One letter per axis.

    Examples
    --------
    >>> plane_count((9,), "Z"), plane_count((1,), "T"), plane_count((8, 9), "TZ")
    ('9 slices', '1 frame', '8 x 9 planes')
    """
    noun = PLANE_NOUNS.get(axes, "plane")
    plural = "" if tuple(sizes) == (1,) else "s"
    return f"{' x '.join(str(size) for size in sizes)} {noun}{plural}"


def stack_phrase(
    axes: str, shape: Sequence[int], *, joined: bool = False, tracked: bool = False
) -> str:
    """Return in which planes nuclei were counted, and what was not joined.

    Parameters
    ----------
    axes : str
        One letter per axis of the labels.
    shape : sequence of int
        Shape of the labels.
    joined : bool
        Whether the slices along Z were joined.
    tracked : bool
        Whether nuclei were followed along T, and joined along Z.

    Returns
    -------
    str
        Empty for a single plane, and for planes that show different nuclei.

    Examples
    --------
    >>> stack_phrase("ZYX", (9, 64, 64)), stack_phrase("TYX", (8, 64, 64))
    ('in 9 slices (not joined)', 'in 8 frames (not tracked)')
    >>> stack_phrase("ZYX", (9, 64, 64), joined=True), stack_phrase("YX", (64, 64))
    ('in 9 slices', '')
    >>> stack_phrase("TYX", (8, 64, 64), tracked=True)
    'tracked in 8 frames'
    """
    stack = [
        (axis, int(size))
        for axis, size in zip(axes, shape, strict=True)
        if axis not in "YX" and size > 1
    ]
    letters = "".join(axis for axis, _ in stack)
    if not set(letters) - set(SEPARATE_AXES):
        return ""
    planes = f"in {plane_count([size for _, size in stack], letters)}"
    if tracked:
        return f"tracked {planes}"
    separate = {"Z"} if joined else set()
    if not set(letters) - set(SEPARATE_AXES) - separate:
        return planes
    if letters == "T" or joined:
        state = "not tracked"
    else:
        state = "not joined or tracked" if "T" in letters else "not joined"
    return f"{planes} ({state})"


def describe_count(
    count: int, stack: str = "", count_range: tuple[int, int] | None = None
) -> str:
    """Return the number of nuclei, or of outlines in a stack, in words.

    Parameters
    ----------
    count : int
    stack : str, optional
        As returned by `stack_phrase`.
    count_range : tuple of int, optional
        Smallest and largest number that there probably are.

    Examples
    --------
    >>> describe_count(164), describe_count(1), describe_count(36, "in 9 slices")
    ('164 nuclei', '1 nucleus', '36 nuclei in 9 slices')
    >>> describe_count(164, "in 9 slices (not joined)")
    '164 outlines in 9 slices (not joined)'
    >>> describe_count(214, count_range=(202, 253))
    '214 nuclei (probably 202 to 253)'
    """
    if counts_outlines(stack):
        return f"{counted(count, 'outline')} {stack}"
    likely = ""
    if count_range is not None and count_range[0] < count_range[1]:
        likely = f" (probably {count_range[0]} to {count_range[1]})"
    found = f"{counted(count, 'nucleus')}{likely}"
    return f"{found} {stack}" if stack else found


def counts_outlines(stack: str) -> bool:
    """Return whether a phrase of `stack_phrase` says that nuclei are not joined."""
    return "(not " in stack
