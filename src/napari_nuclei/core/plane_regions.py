"""Windows of a plane: the pixels and tiles that their labels depend on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.blocks import Window, crop_plan, edges_of_plane
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.intensity.notes import join_notes
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.maps import FilteredLabels, Floats
from napari_nuclei.core.tiling import (
    Corners,
    Network,
    Progress,
    TilePlan,
    TileRunner,
    run_every_tile,
)

SAMPLED_PLANES = 9
"""Largest number of planes of a stack in which the diameter is measured."""

PlaneTileRunner = Callable[[Network, int, Corners, Floats], Floats]
"""Runs a network on tiles, given the number of their plane and their first rows and
columns in the resized plane; it may return outputs computed before."""


@dataclass(frozen=True, slots=True)
class ImageStatistics:
    """Preparation and network scale of an image, chosen once for all its parts.

    Attributes
    ----------
    preparations : tuple of Preparation
        For each plane, how its pixels become network input.
    scale : Fraction
        Network scale: planes are resized by this factor. Its numerator and denominator
        must be small for windows, which are aligned to whole pixels of both the plane
        and the resized plane.
    """

    preparations: tuple[Preparation, ...]
    scale: Fraction

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on unusual planes, as of `Segmentation`."""
        return join_notes([preparation.describe() for preparation in self.preparations])


@dataclass(frozen=True, slots=True)
class PlaneRegion:
    """A plane of a stack, or a window of it.

    Attributes
    ----------
    plane : int
        Number of the plane, counted from 0 in the order of
        `PlaneLayout.plane_indices`.
    window : Window, optional
        Part of the plane, in pixels; None for the whole plane.
    """

    plane: int
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """The pixels and tiles that the labels of a window depend on.

    Tiles have the same positions as in the plan of the whole plane, so the output for
    a window equals that part of the output for the whole plane.

    Attributes
    ----------
    window : Window
        The pixels of the plane that are labelled: the requested window, expanded to
        multiples of the scale's denominator.
    aligned : Window
        `window` before it is cut off at the end of the plane, in pixels of the plane.
        Its size in the resized plane is a whole number of pixels.
    source : Window
        The pixels that are read, in pixels of the plane. It may reach beyond the end
        of the plane.
    tiles : TilePlan
        The tiles that the window needs, in coordinates of `tile_area`.
    tile_area : Window
        The part of the resized plane that these tiles cover.
    scale : Fraction
        Network scale.
    """

    window: Window
    aligned: Window
    source: Window
    tiles: TilePlan
    tile_area: Window
    scale: Fraction

    @property
    def inside(self) -> tuple[slice, slice]:
        """Return the index of `window` in an array of the shape of `aligned`."""
        return self.window.translated(-self.aligned.top, -self.aligned.left).index

    def resized(self, window: Window) -> Window:
        """Return a window of the plane in pixels of the resized plane."""
        return window.scaled(self.scale.numerator, self.scale.denominator)


def plan_window(
    window: Window,
    plane_shape: tuple[int, int],
    scale: Fraction,
    plan: Callable[[tuple[int, int]], TilePlan],
) -> WindowPlan:
    """Find the pixels and tiles that the labels of a window depend on.

    Parameters
    ----------
    window : Window
        Part of the plane, in pixels.
    plane_shape : tuple of int
        Height and width of the plane, in pixels.
    scale : Fraction
        Network scale.
    plan : callable
        Takes the height and width of the resized plane and returns its `TilePlan`.

    Returns
    -------
    WindowPlan

    Examples
    --------
    >>> from napari_nuclei.core.tiling import plan_tiles
    >>> found = plan_window(Window(0, 5, 0, 5), (300, 300), Fraction(1, 3), plan_tiles)
    >>> str(found.window), str(found.source)
    ('rows 0 to 6, columns 0 to 6', 'rows 0 to 300, columns 0 to 300')
    """
    up, down = scale.numerator, scale.denominator
    plane = Window(0, plane_shape[0], 0, plane_shape[1])
    padded = plane.aligned(down)
    aligned = window.aligned(down)
    tiles, tile_area = crop_plan(
        plan(padded.scaled(up, down).shape), aligned.scaled(up, down)
    )
    # Interpolation uses one more pixel on each side.
    source = tile_area.scaled(down, up).expanded(int(down != up)).aligned(down)
    return WindowPlan(
        window=aligned.intersection(plane),
        aligned=aligned,
        source=source.intersection(padded),
        tiles=tiles,
        tile_area=tile_area,
        scale=scale,
    )


def read_window(
    image: Any,
    layout: PlaneLayout,
    plane_index: PlaneIndex,
    window: Window,
    preparation: Preparation,
) -> tuple[NDArray[Any], Floats]:
    """Read and prepare a window; repeat the last pixels beyond the plane's end.

    Parameters
    ----------
    image : array-like
        numpy, dask, zarr or similar; only the window and its margin are read.
    layout : PlaneLayout
    plane_index : tuple of int
    window : Window
        In pixels of the plane; its top and left lie in the plane.
    preparation : Preparation
        Of the plane.

    Returns
    -------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The window as it was read.
    values : ndarray of float32, shape (Y, X, 3)
        The window as network input, with the values of the prepared plane.
    """
    height, width = layout.plane_shape
    plane = Window(0, height, 0, width)
    existing = window.intersection(plane)
    read = existing.expanded(preparation.margin).intersection(plane)
    pixels = layout.read_plane(image, plane_index, read.index)
    values = preparation.apply(pixels, read)
    inside = existing.translated(-read.top, -read.left).index
    beyond = window.bottom - existing.bottom, window.right - existing.right
    return pad_end(pixels[inside], *beyond), pad_end(values[inside], *beyond)


def pad_end(pixels: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Repeat the last rows and columns of a window, of shape (Y, X) or (Y, X, S)."""
    if not (rows or columns):
        return pixels
    widths = [(0, rows), (0, columns), (0, 0)][: pixels.ndim]
    return np.pad(pixels, widths, mode="edge")


def cut_to_window(
    filtered: FilteredLabels,
    plan: WindowPlan,
    plane_shape: tuple[int, int],
    drop_border: bool,
) -> FilteredLabels:
    """Return the labels of a window without the pixels beyond the plane's end.

    Parameters
    ----------
    filtered : FilteredLabels
        Labels of ``plan.aligned``.
    plan : WindowPlan
    plane_shape : tuple of int
        Height and width of the plane, in pixels.
    drop_border : bool
        Leave out nuclei that touch the border of the plane. Nuclei that only touch the
        border of the window are not left out.

    Returns
    -------
    FilteredLabels
        Numbers may have gaps: a nucleus that was removed has the area 0.
    """
    if plan.window == plan.aligned and not drop_border:
        return filtered
    labels = np.ascontiguousarray(filtered.labels[plan.inside])
    dropped = filtered.dropped
    if drop_border:
        borders = zip(
            border_pixels(labels),
            edges_of_plane(plan.window, plane_shape),
            strict=True,
        )
        touching = [
            np.unique(border) for border, is_plane_edge in borders if is_plane_edge
        ]
        removed = np.setdiff1d(np.concatenate([np.zeros(0, np.int32), *touching]), [0])
        labels = np.where(np.isin(labels, removed), np.int32(0), labels)
        dropped += DroppedCounts(border=len(removed))
    areas = np.bincount(labels.ravel(), minlength=len(filtered.areas) + 1)[1:]
    return FilteredLabels(labels, dropped, areas, filtered.confidence)


def spread_evenly(planes: Sequence[int]) -> list[int]:
    """Return up to `SAMPLED_PLANES` planes: first, middle and last, then those between.

    Examples
    --------
    >>> spread_evenly(range(9)), spread_evenly([4])
    ([0, 4, 8, 2, 6, 1, 3, 5, 7], [4])
    """
    last = len(planes) - 1
    steps = [i / (SAMPLED_PLANES - 1) for i in (0, 4, 8, 2, 6, 1, 3, 5, 7)]
    return [planes[i] for i in dict.fromkeys(int(last * step) for step in steps)]


def tile_runner(
    run_tiles: PlaneTileRunner | None, plane: int, area: Window
) -> TileRunner:
    """Return a `TileRunner` for tiles in coordinates of an area of a resized plane."""
    if run_tiles is None:
        return run_every_tile

    def runner(network: Network, corners: Corners, tiles: Floats) -> Floats:
        in_plane = tuple((row + area.top, left + area.left) for row, left in corners)
        return run_tiles(network, plane, in_plane, tiles)

    return runner


def report_all_regions(progress: Progress, number: int, count: int) -> Progress:
    """Return a progress callback for one region that counts the tiles of all regions.

    All regions are assumed to have as many tiles as this one.
    """

    def report(done: int, total: int) -> None:
        progress(number * total + done, count * total)

    return report
