"""Join the labels of neighbouring slices: one number per nucleus in 3-D."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.axes import PlaneIndex, PlaneLayout, as_array
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.linking.linking_settings import LinkSettings
from napari_nuclei.core.linking.stack_joiner import StackJoiner
from napari_nuclei.core.measure.check_labels import (
    LARGEST,
    as_labels,
    check_labels,
    name_label_axes,
)
from napari_nuclei.core.measure.mask_check import MaskCheck

DEFAULTS = LinkSettings()

ANISOTROPY_NOTE = (
    "The voxel size is not stated: slices are taken to be as far apart as pixels. Give "
    "anisotropy=, the distance between slices divided by the side of a pixel."
)


@suggests_keywords
def link_planes(
    labels: Any,
    image: Any = None,
    *,
    axes: str | None = None,
    min_iou: float = DEFAULTS.min_iou,
    min_share: float = DEFAULTS.min_share,
    max_gap: int = DEFAULTS.max_gap,
    min_slices: int | None = 2,
    waist: float | None = None,
    trim: float | None = None,
    min_volume: float = DEFAULTS.min_volume,
    min_light: float | None = None,
    anisotropy: float | None = None,
    check: Callable[[], object] = lambda: None,
) -> NDArray[np.int32]:
    """Join the nuclei of the slices of a stack to nuclei in three dimensions.

    The outlines of two neighbouring slices are assigned to each other so that their
    summed intersection over union is largest (`scipy.optimize`). With the image, light
    out of focus above and below a nucleus is cut off. Slices are read one after
    another; only two of them are in memory besides the result.

    Parameters
    ----------
    labels : array of int, shape (Z, Y, X) or as `axes` says
        Labels of the slices, of this or of another program; 0 is background. A number
        means nothing outside its slice.
    image : array, optional
        The image, of the shape of `labels`, or of this shape and a last axis of
        colours.
    axes : str, optional
        One letter for each axis, with Z, Y and X; by default ZYX. Slices are joined
        along Z.
    min_iou : float
        Smallest intersection over union of two outlines of one nucleus.
    min_share : float
        Outlines are joined too if this fraction of the smaller one lies in the larger
        one, as at the ends of a nucleus.
    max_gap : int
        Number of slices that a nucleus may be missing in, 0 or 1. What is missing is
        not filled.
    min_slices : int, optional
        Nuclei in fewer slices are removed. None for 2, or 1 if the nuclei span fewer
        than four slices.
    waist : float, optional
        A nucleus whose light (its area, without the image) falls below this fraction of
        the largest light before and after is split there: it is two nuclei on top of
        each other. 0 splits none. By default .6; .7 if a ball as wide as the nuclei
        spans fewer than four slices.
    trim : float, optional
        Slices and pixels of a nucleus are removed if they are dimmer than this fraction
        of its brightest slice, above the local background. 0 removes none. By default
        .2; .5 if nuclei span fewer than four slices. Needs the image.
    min_volume : float
        Nuclei of less than this fraction of the median volume are removed, unless the
        border of the stack cuts them. 0 removes none. Needs the image.
    min_light : float, optional
        Nuclei of less than half of the median volume are removed if the sum of their
        light is below this fraction of the median of the nuclei at their depth: they
        are light out of focus, debris or noise. 0 removes none. By default the value of
        `min_volume`. Needs the image.
    anisotropy : float, optional
        Distance between slices divided by the side of a pixel. By default 1, with a
        warning.
    check : callable, optional
        Called for every slice; raise an exception in it to stop.

    Returns
    -------
    ndarray of int32, of the shape of `labels`
        One number per nucleus, unique over all volumes.

    Raises
    ------
    TypeError
        If the labels are not integers.
    ValueError
        If there is only one slice, the axes or the image do not fit, or a setting is
        out of range.

    Warns
    -----
    ImageWarning
        If the anisotropy is not given, or the labels look like a mask.

    Examples
    --------
    >>> stack = np.array([[[1, 1, 0, 0]], [[2, 2, 0, 1]], [[0, 5, 0, 7]]])
    >>> link_planes(stack, anisotropy=1)[:, 0].tolist()
    [[1, 1, 0, 0], [1, 1, 0, 2], [0, 1, 0, 2]]
    """
    settings = LinkSettings(
        min_iou=min_iou,
        min_share=min_share,
        max_gap=max_gap,
        min_slices=min_slices,
        waist=waist,
        trim=trim,
        min_volume=min_volume,
        min_light=min_light,
        anisotropy=1.0 if anisotropy is None else anisotropy,
    )
    labels = as_labels(labels)
    shape = tuple(labels.shape)
    names = name_label_axes(shape, axes, "Z", "z stack")
    if {*names} & {*"CS"}:
        raise ValueError(f"labels have no axes of channels or colours; got {names}")
    if shape[names.index("Z")] < 2:
        raise ValueError("the labels have one slice only; there is nothing to join")
    if trim and image is None:
        raise ValueError("trim needs the image, whose light it compares")
    layout = PlaneLayout(shape, names)
    image_layout = None
    if image is not None:
        image = as_array(image)
        image_layout = layout_of_image(tuple(image.shape), layout)

    def planes() -> Iterator[tuple[PlaneIndex, NDArray[Any], NDArray[Any] | None]]:
        for index in layout.plane_indices():
            check()
            plane = layout.read_plane(labels, index)
            check_labels(plane, largest=LARGEST)
            pixels = None
            if image_layout is not None:
                pixels = image_layout.read_plane(image, index)
            yield index, plane, pixels

    joiner, mask = StackJoiner(layout, settings), MaskCheck()
    for index, plane, pixels in planes():
        mask.add(plane)
        joiner.add(index, plane, pixels)
    if anisotropy is None:
        warn_user(ANISOTROPY_NOTE, ImageWarning)
    if mask.note:
        warn_user(mask.note, ImageWarning)
    joined = joiner.finish()
    linked = np.zeros(shape, np.int32)
    for index, plane, pixels in planes():
        layout.write_plane(linked, index, joined.join_plane(index, plane, pixels))
    return linked


def layout_of_image(shape: tuple[int, ...], layout: PlaneLayout) -> PlaneLayout:
    """Return the layout of an image of labels, whose last axis may hold colours.

    Raises
    ------
    ValueError
        If the image has another shape than the labels of `layout`.
    """
    if shape == layout.shape:
        return layout
    if shape not in ((*layout.shape, 3), (*layout.shape, 4)):
        raise ValueError(
            f"image must have the shape of the labels, {layout.shape}, or this shape "
            f"and an axis of colours; got {shape}"
        )
    return PlaneLayout(shape, layout.axes + "S")
