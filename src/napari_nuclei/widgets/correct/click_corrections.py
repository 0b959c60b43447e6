"""Correct nuclei where the user has clicked or drawn; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.core.correct.reshape import (
    fill_holes,
    grow,
    redraw,
    shrink,
    smooth,
)
from napari_nuclei.core.correct.split_auto import split_automatically
from napari_nuclei.core.correct.split_line import split_by_line
from napari_nuclei.core.correct.split_points import split_by_points
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.maps.crop_maps import CropMaps
from napari_nuclei.widgets.correct.maps.map_provider import MapProvider
from napari_nuclei.widgets.correct.shown_part import Pixel, ShownPart, steps_of

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.core.correct.boxes import LabelBoxes

MIN_CORNERS = 3
"""Smallest number of corners of an outline."""

MAX_NAMED = 4
"""Messages name at most this many nuclei."""

RESHAPINGS: dict[str, tuple[Callable[..., Edit | None], str, str]] = {
    "smooth": (smooth, "Smoothed", "its outline is smooth"),
    "fill": (fill_holes, "Filled the holes of", "it has no holes"),
    "grow": (grow, "Grew", "neighbours leave no room"),
    "shrink": (shrink, "Shrank", "nothing of it would be left"),
}
"""By name: the operation, what it did, and why it did nothing."""


class Corrections:
    """Operations on nuclei that exist.

    Each is one step of undo, and sends a message about what it did. All raise
    ValueError, with a message for the user, if there is no layer that can be corrected
    as it is shown.

    Parameters
    ----------
    session : CorrectionSession
    maps : MapProvider
    """

    def __init__(self, session: CorrectionSession, maps: MapProvider) -> None:
        self._session, self._maps = session, maps
        self._send = session.message_sent.emit

    def delete(self, path: Sequence[Pixel]) -> None:
        """Delete all nuclei on a path; a click is a path of one pixel."""
        part = self._session.part()
        numbers = list(part.labels_on_path(path))
        if not numbers:
            self._send("There is no nucleus here. Click on a nucleus to delete it.")
            return
        boxes = part.boxes(steps_of(path))
        found = [delete(part.labels, number, boxes=boxes) for number in numbers]
        if self._session.selected in numbers:
            self._session.select(0)
        self._session.apply(part, [edit for edit in found if edit is not None])
        self._send(f"Deleted {describe(numbers)}.")

    def merge(self, path: Sequence[Pixel]) -> None:
        """Merge all nuclei on a path."""
        part = self._session.part()
        numbers = list(part.labels_on_path(path))
        if len(numbers) < 2:
            self._send("Drag from one nucleus to another to merge them.")
            return
        edit = merge(part.labels, numbers, boxes=part.boxes(steps_of(path)))
        if edit is None:
            return
        self._session.apply(part, [edit])
        (left, *_) = [number for number in numbers if number not in edit.removed]
        self._session.select(left, part.find(left, path[0]))
        self._send(f"Merged {describe(numbers)} into nucleus {left}.")

    def split_by_line(self, path: Sequence[Pixel]) -> None:
        """Split the nucleus that a line crosses; of several, the most crossed one."""
        part = self._session.part()
        counts = part.labels_on_path(path)
        if not counts:
            self._send("Draw the line across a nucleus to split it.")
            return
        number = max(counts, key=lambda number: counts[number])
        edit = split_by_line(
            part.labels,
            number,
            path,
            new=self._session.new_label(),
            boxes=part.boxes(steps_of(path)),
        )
        self._finish_split(part, number, edit, "along the line")

    def split_by_points(self, points: Sequence[Pixel]) -> None:
        """Split a nucleus at two pixels inside it."""
        part = self._session.part()
        number = part.label_at(points[0])
        maps = self._find_maps(part, points[0])
        edit = split_by_points(
            part.labels,
            number,
            part.points(points),
            None if maps is None else maps.distance,
            origin=None if maps is None else maps.origin,
            spacing=self._spacing(part),
            new=self._session.new_label(),
            boxes=part.boxes(points),
        )
        self._finish_split(part, number, edit, how_split(maps))

    def prepare_split(self, pixel: Pixel) -> None:
        """Compute the maps that a split by points will use, in the background."""
        part = self._session.part()
        if part.slice_index is None:
            self._maps.request(self._layer, part, pixel, lambda maps: None)

    def split_automatically(self) -> None:
        """Split the selected nucleus at its most likely cut."""
        part, number, boxes, pixel = self._selected()
        maps = self._find_maps(part, pixel)
        edit = split_automatically(
            part.labels,
            number,
            None if maps is None else maps.distance,
            origin=None if maps is None else maps.origin,
            spacing=self._spacing(part),
            new=self._session.new_label(),
            boxes=boxes,
        )
        if edit is None:
            self._send(f"Nucleus {number} has no waist. Draw a line with Split.")
            return
        self._finish_split(part, number, edit, how_split(maps))

    def redraw(self, path: Sequence[Pixel]) -> None:
        """Give the nucleus in an outline this outline; add one if there is none."""
        part = self._session.part()
        if len(path) < MIN_CORNERS:
            self._send("Draw round a nucleus with the mouse button pressed.")
            return
        old = part.label_inside(path)
        number = old or self._session.new_label()
        pixel = part.find(old, middle(path))
        edit = redraw(
            part.labels,
            number,
            path,
            plane=part.slice_index,
            boxes=part.boxes([] if pixel is None else [pixel]),
        )
        if edit is None:
            self._send("The outline changes nothing, because other nuclei fill it.")
            return
        self._session.apply(part, [edit])
        self._session.select(number, part.find(number, middle(path)))
        self._send(f"Redrew nucleus {number}." if old else f"Added nucleus {number}.")

    def reshape(self, kind: str) -> None:
        """Smooth, fill, grow or shrink the selected nucleus; see `RESHAPINGS`."""
        part, number, boxes, _ = self._selected()
        change, done, reason = RESHAPINGS[kind]
        edit = change(part.labels, number, boxes=boxes)
        if edit is None:
            self._send(f"Nucleus {number} was not changed: {reason}.")
            return
        self._session.apply(part, [edit])
        self._send(f"{done} nucleus {number}.")

    def accept(self) -> bool:
        """Mark the selected nucleus as right, or take the mark back.

        Returns
        -------
        bool
            Whether it is marked now.
        """
        _, number, _, _ = self._selected()
        right = number not in self._session.state.accepted
        self._session.accept([number], right)
        said = "is accepted" if right else "is no longer accepted"
        self._send(f"Nucleus {number} {said}.")
        return right

    @property
    def _layer(self) -> napari.layers.Labels:
        layer = self._session.layer
        assert layer is not None  # `session.part` has checked it
        return layer

    def _spacing(self, part: ShownPart) -> list[float]:
        """Return the size of a pixel of the part along each axis."""
        return [abs(float(self._layer.scale[axis])) for axis in part.axes]

    def _selected(self) -> tuple[ShownPart, int, LabelBoxes, Pixel]:
        part, number = self._session.part(), self._session.selected
        pixel = part.find(number, self._session.selected_at)
        if pixel is None:
            raise ValueError("Select a nucleus first: click on it without a tool.")
        return part, number, part.boxes([pixel]), pixel

    def _find_maps(self, part: ShownPart, pixel: Pixel) -> CropMaps | None:
        # A volume needs the distance in all its slices: that to the outline is used.
        if part.slice_index is not None:
            return None
        return self._maps.find(self._layer, part, pixel)

    def _finish_split(
        self, part: ShownPart, number: int, edit: Edit | None, how: str
    ) -> None:
        if edit is None:
            self._send(f"Nucleus {number} was not split: the line must cross it.")
            return
        self._session.apply(part, [edit])
        self._session.select(number)
        self._send(f"Split nucleus {number} {how}; new: {describe(edit.new)}.")


def describe(numbers: Sequence[int]) -> str:
    """Return the numbers of nuclei in words.

    Examples
    --------
    >>> describe([5]), describe([1, 2]), describe(range(9))
    ('nucleus 5', 'nuclei 1 and 2', '9 nuclei')
    """
    if len(numbers) == 1:
        return f"nucleus {numbers[0]}"
    if len(numbers) > MAX_NAMED:
        return f"{len(numbers)} nuclei"
    first = ", ".join(str(number) for number in numbers[:-1])
    return f"nuclei {first} and {numbers[-1]}"


def how_split(maps: CropMaps | None) -> str:
    """Return where the distances of a split are from, in words."""
    if maps is None or maps.distance is None:
        return "by the distance to its outline"
    return f"by {maps.source}"


def middle(path: Sequence[Pixel]) -> Pixel:
    """Return the mean of the pixels of a path."""
    return tuple(sum(values) / len(path) for values in zip(*path, strict=True))
