"""Add nuclei that were missed, where the user has clicked or drawn; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.core.correct.add import add_levels, add_outline, most_plausible
from napari_nuclei.core.correct.add_box import add_in_box, is_ellipse
from napari_nuclei.widgets.correct.added_nucleus import AddedNucleus
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.maps.crop_maps import FROM_NOTHING, CropMaps
from napari_nuclei.widgets.correct.maps.map_provider import MapProvider
from napari_nuclei.widgets.correct.painted_edit import shift
from napari_nuclei.widgets.correct.shown_part import Pixel, ShownPart
from napari_nuclei.widgets.layers.transform import layer_pixel_size

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.core.correct.edit import Edit
    from napari_nuclei.core.correct.outline_candidates import Outline

MIN_FOREGROUND = 0.4
"""Foreground probability in the next slice below which a nucleus ends."""

MIN_OVERLAP = 0.5
"""Fraction of the smaller outline that two neighbouring slices of a nucleus have in
common."""


class Adding:
    """Add nuclei; the outline of the last one can be made larger or smaller.

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
        self._added: AddedNucleus | None = None
        self._edit: Edit | None = None
        session.layer_changed.connect(self._forget)

    @property
    def added(self) -> AddedNucleus | None:
        """The nucleus that was added by a click, while this is the last correction."""
        if self._session.layer is None:
            return None
        is_last = self._session.state.history.last is self._edit
        return self._added if is_last else None

    def add(self, pixel: Pixel) -> None:
        """Add the nucleus at a pixel, now or when the network has been run there."""
        part, layer = self._session.part(), self._layer
        number = part.label_at(pixel)
        if number:
            self._send(f"Nucleus {number} is here. Click next to it to add another.")
            return
        if self._maps.find(layer, part, pixel) is None:
            self._send("Running the network on this spot …")
        self._maps.request(
            layer, part, pixel, lambda maps: self._add(layer, part, pixel, maps)
        )

    def add_box(self, first: Pixel, last: Pixel) -> None:
        """Add the nucleus that fills a box, given by two opposite corners."""
        part, layer = self._session.part(), self._layer
        corners = np.array([first, last])
        half = float(np.abs(corners[0] - corners[1]).max()) / 2 + 1
        middle = tuple(corners.mean(axis=0).tolist())
        self._maps.request(
            layer,
            part,
            middle,
            lambda maps: self._add_box(layer, part, (first, last), maps),
            half,
        )

    def resize_added(self, steps: int) -> None:
        """Draw a larger or smaller outline of the nucleus that was added last."""
        resized = None if self.added is None else self.added.resized(steps)
        if resized is None:
            return
        added, change, edit = resized
        self._session.amend(added.part, change, edit)
        self._remember(added)
        rows, columns = added.part.axes[-2:]
        size = layer_pixel_size(self._layer, (rows, columns))
        area = describe_area(added.outlines[added.chosen].area, size)
        self._send(f"Nucleus {added.number}: {area}. Scroll to resize.")

    def _add(
        self,
        layer: napari.layers.Labels,
        clicked: ShownPart,
        pixel: Pixel,
        maps: CropMaps,
    ) -> None:
        part = self._current(layer, clicked)
        if part is None:
            return
        outlines = self._outlines(part, pixel, maps)
        if not outlines:
            reason = f"No nucleus was found here by {maps.source}"
            if maps.source == FROM_NOTHING:
                reason = "A click needs the image of these labels, which is not open"
            self._send(f"{reason}. Draw a box.")
            return
        outline = most_plausible(outlines)
        number = self._session.new_label()
        edit = add_outline(
            part.labels,
            outline,
            new=number,
            plane=part.slice_index,
        )
        if edit is None:
            return
        others = self._extend(layer, part, outline, number)
        self._session.apply(part, [*others, edit])
        self._remember(AddedNucleus(part, outlines, outlines.index(outline), number))
        self._session.select(number, pixel)
        slices = f" in {len(others) + 1} slices" if others else ""
        self._send(
            f"Added nucleus {number}{slices} by {maps.source}. Scroll to resize it."
        )

    def _outlines(
        self, part: ShownPart, pixel: Pixel, maps: CropMaps
    ) -> tuple[Outline, ...]:
        """Return the outlines that a nucleus at a pixel may have."""
        if maps.foreground is None and maps.image is None:
            return ()
        return add_levels(
            part.plane,
            pixel,
            maps.foreground,
            image=maps.image,
            typical_area=np.pi / 4 * self._maps.diameter**2,
            origin=maps.origin,
        )

    def _extend(
        self,
        layer: napari.layers.Labels,
        part: ShownPart,
        outline: Outline,
        number: int,
    ) -> list[Edit]:
        """Return edits that continue a nucleus in the slices next to it.

        A slice is used as long as the network's output of a run is in memory, has
        foreground at the middle of the outline in the slice before, and an outline
        that overlaps with it.
        """
        edits: list[Edit] = []
        if part.slice_index is None:
            return edits
        for step in (-1, 1):
            last, index = outline, part.slice_index + step
            while 0 <= index < part.labels.shape[0]:
                there = part.at_slice(index)
                pixel = middle_of(last)
                maps = self._maps.find(layer, there, pixel)
                if maps is None or maps.probability_at(pixel) < MIN_FOREGROUND:
                    break
                found = self._outlines(there, pixel, maps)
                if not found:
                    break
                best = most_plausible(found)
                if overlap(best, last) < MIN_OVERLAP:
                    break
                edit = add_outline(part.labels, best, new=number, plane=index)
                if edit is None:
                    break
                edits.append(edit)
                last, index = best, index + step
        return edits

    def _add_box(
        self,
        layer: napari.layers.Labels,
        clicked: ShownPart,
        corners: tuple[Pixel, Pixel],
        maps: CropMaps,
    ) -> None:
        part = self._current(layer, clicked)
        if part is None:
            return
        number = self._session.new_label()
        edit = add_in_box(
            part.labels,
            corners,
            maps.foreground,
            new=number,
            image=maps.image,
            origin=maps.origin,
            plane=part.slice_index,
        )
        if edit is None:
            self._send("Other nuclei fill the box. Draw it over background.")
            return
        self._session.apply(part, [edit])
        self._session.select(number, part.find(number))
        if maps.source == FROM_NOTHING:
            source = ""
        elif is_ellipse(edit, corners):
            source = f" as an ellipse: {maps.source} shows no nucleus that fills it"
        else:
            source = f" by {maps.source}"
        self._send(f"Added nucleus {number} in the box{source}.")

    @property
    def _layer(self) -> napari.layers.Labels:
        layer = self._session.layer
        assert layer is not None  # `session.part` has checked it
        return layer

    def _current(
        self, layer: napari.layers.Labels, clicked: ShownPart
    ) -> ShownPart | None:
        """Return the labels as they are now; None if another plane is shown."""
        if self._session.layer is not layer:
            return None
        now = self._session.part()
        return now if now.plane_key == clicked.plane_key else None

    def _remember(self, added: AddedNucleus) -> None:
        self._added, self._edit = added, self._session.state.history.last

    def _forget(self) -> None:
        self._added = self._edit = None


def describe_area(pixels: int, pixel_size: float | None) -> str:
    """Return an area in µm² if the size of a pixel is known, else in px².

    Examples
    --------
    >>> describe_area(400, 0.25), describe_area(400, None)
    ('25 µm²', '400 px²')
    """
    if pixel_size is None:
        return f"{pixels} px²"
    return f"{pixels * pixel_size**2:.4g} µm²"


def middle_of(outline: Outline) -> Pixel:
    """Return the pixel of an outline that is nearest to its centroid."""
    pixels = np.argwhere(outline.mask)
    nearest = pixels[np.linalg.norm(pixels - pixels.mean(axis=0), axis=1).argmin()]
    row, column = outline.region
    return float(nearest[0] + row.start), float(nearest[1] + column.start)


def overlap(one: Outline, other: Outline) -> float:
    """Return the fraction of the smaller outline that lies in the larger one."""
    low = [max(a.start, b.start) for a, b in zip(one.region, other.region, strict=True)]
    high = [min(a.stop, b.stop) for a, b in zip(one.region, other.region, strict=True)]
    common = tuple(slice(*side) for side in zip(low, high, strict=True))
    if any(side.start >= side.stop for side in common):
        return 0.0
    first, second = (
        outline.mask[shift(common, outline.region, -1)] for outline in (one, other)
    )
    shared = int(np.count_nonzero(first & second))
    return shared / max(min(one.area, other.area), 1)
