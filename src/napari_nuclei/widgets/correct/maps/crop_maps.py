"""What the network, or the image, says about a window of the plane on display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.outputs import DISTANCE, FOREGROUND
from napari_nuclei.widgets.nuclei.live.matching_images import channel_axis_of_labels

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.core.maps import OutputMaps
    from napari_nuclei.widgets.correct.shown_part import ShownPart
    from napari_nuclei.widgets.segment.result import RunResult

FROM_RUN = "the network's output of the last run"
FROM_CROP = "the network on this spot"
FROM_IMAGE = "the intensity of the image"
FROM_NOTHING = "the drawn shape alone"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CropMaps:
    """Maps of a window of the plane on display, with its rows and columns.

    Attributes
    ----------
    window : tuple of slice
        Rows and columns of the plane that the maps cover.
    foreground, distance : ndarray of float32, shape (Y, X), optional
        Foreground probability, and inner distance.
    image : ndarray, shape (Y, X) or (Y, X, S), optional
    source : str
        Where the maps are from, in words.
    """

    window: tuple[slice, slice]
    foreground: Floats | None = None
    distance: Floats | None = None
    image: NDArray[Any] | None = None
    source: str = FROM_NOTHING

    @property
    def origin(self) -> tuple[int, int]:
        """First row and column of the maps."""
        rows, columns = self.window
        return rows.start, columns.start

    def covers(self, window: tuple[slice, slice]) -> bool:
        """Return whether the maps cover another window."""
        return all(
            side.start <= other_side.start and other_side.stop <= side.stop
            for side, other_side in zip(self.window, window, strict=True)
        )

    def probability_at(self, pixel: tuple[float, ...]) -> float:
        """Return the foreground probability at a pixel of the plane; 0 without it."""
        if self.foreground is None:
            return 0.0
        row, column = (
            round(coordinate) - start
            for coordinate, start in zip(pixel, self.origin, strict=True)
        )
        height, width = self.foreground.shape
        if not (0 <= row < height and 0 <= column < width):
            return 0.0
        return float(self.foreground[row, column])


def window_round(
    shape: tuple[int, ...], pixel: tuple[float, ...], half: float
) -> tuple[slice, slice]:
    """Return a square window of a plane round a pixel, cut off at the borders.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane.
    pixel : tuple of float
        Row and column.
    half : float
        Half the side of the window, in pixels.
    """
    sides = []
    for size, coordinate in zip(shape, pixel, strict=True):
        low = min(max(round(coordinate - half), 0), size - 1)
        sides.append(slice(low, max(low + 1, min(round(coordinate + half) + 1, size))))
    return sides[0], sides[1]


def crop_output(
    maps: OutputMaps, window: tuple[slice, slice], transposed: bool, source: str
) -> CropMaps:
    """Return the network's output in a window of the plane on display.

    Parameters
    ----------
    maps : OutputMaps
        Of the whole plane.
    window : tuple of slice
        Rows and columns on display.
    transposed : bool
        Whether the rows on display are the columns of the maps.
    source : str
        Where the maps are from.
    """
    rows, columns = window[::-1] if transposed else window
    found = [
        maps.crop(name, rows, columns) if name in maps.names else None
        for name in (FOREGROUND, DISTANCE)
    ]
    foreground, distance = (
        values.T if transposed and values is not None else values for values in found
    )
    return CropMaps(window, foreground, distance, source=source)


def crop_of_run(
    run: RunResult,
    layer: napari.layers.Labels,
    part: ShownPart,
    window: tuple[slice, slice],
) -> CropMaps | None:
    """Return the output that a run holds for a window; None if it holds none."""
    layout = run.source.layout
    dropped = channel_axis_of_labels(layer)
    axes = [axis for axis in range(layer.ndim) if axis != dropped]
    if len(axes) != len(layout.label_axes):
        return None
    axis_of = dict(zip(layout.label_axes, axes, strict=True))
    shown = part.axes[-2:]
    if set(shown) != {axis_of["Y"], axis_of["X"]}:
        return None
    index = tuple(part.position[axis_of[letter]] for letter in layout.stack_axes)
    maps = next(
        (plane.maps for plane in run.planes if plane.plane_index == index), None
    )
    if maps is None:
        return None
    transposed = shown == (axis_of["X"], axis_of["Y"])
    height, width = part.plane.shape[::-1] if transposed else part.plane.shape
    if maps.shape != (height, width):
        return None
    return crop_output(maps, window, transposed, FROM_RUN)
