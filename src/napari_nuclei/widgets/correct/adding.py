"""Add nuclei that were missed, where the user has clicked or drawn; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.core.correct.add import add_levels, add_outline, most_plausible
from napari_nuclei.core.correct.add_box import add_in_box
from napari_nuclei.widgets.correct.added_nucleus import AddedNucleus
from napari_nuclei.widgets.correct.crop_maps import FROM_NOTHING, CropMaps
from napari_nuclei.widgets.correct.map_provider import MapProvider
from napari_nuclei.widgets.correct.session import CorrectionSession
from napari_nuclei.widgets.correct.shown_part import Pixel, ShownPart

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.core.correct.outlines import Outline


class Adding:
    """Add nuclei; the outline of the last one can be made larger or smaller.

    Each is one step of undo, and sends a message about what it did. All raise
    ValueError, with a message for the user, if there is no layer that can be corrected
    as it is shown.

    Parameters
    ----------
    session : CorrectionSession
    maps : MapProvider

    Attributes
    ----------
    added : AddedNucleus, optional
        The nucleus that was added last by a click.
    """

    def __init__(self, session: CorrectionSession, maps: MapProvider) -> None:
        self._session, self._maps = session, maps
        self._send = session.message_sent.emit
        self.added: AddedNucleus | None = None
        session.layer_changed.connect(self._forget)

    def add(self, pixel: Pixel) -> None:
        """Add the nucleus at a pixel, now or when the network has been run there."""
        part, layer = self._session.part(), self._layer
        number = part.label_at(pixel)
        if number:
            self._send(f"Nucleus {number} is here. Click beside it to add another.")
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
        self.added, change, edit = resized
        self._session.amend(self.added.part, change, edit)
        outline = self.added.outlines[self.added.chosen]
        self._send(
            f"Nucleus {self.added.number}: {outline.area} px². Scroll to resize."
        )

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
        outlines: tuple[Outline, ...] = ()
        if maps.foreground is not None or maps.image is not None:
            outlines = add_levels(
                part.plane,
                pixel,
                maps.foreground,
                image=maps.image,
                typical_area=np.pi / 4 * self._maps.diameter**2,
                origin=maps.origin,
            )
        if not outlines:
            self._send(
                f"Nothing like a nucleus is here, says {maps.source}. Draw a box."
            )
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
        self._session.apply(part, [edit])
        self.added = AddedNucleus(part, outlines, outlines.index(outline), number)
        self._session.select(number, pixel)
        self._send(f"Added nucleus {number} by {maps.source}. Scroll to resize it.")

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
        self.added = None
        self._session.apply(part, [edit])
        self._session.select(number, part.find(number))
        source = "" if maps.source == FROM_NOTHING else f" by {maps.source}"
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

    def _forget(self) -> None:
        self.added = None
