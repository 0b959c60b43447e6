"""Write classes into the table, and notice when something else changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.io.outlines.class_colours import Colour, choose_colours
from napari_nuclei.widgets.layers.layer_classes import CLASS_COLOURS

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.widgets.nuclei.table_session import TableSession

CLASS = "class"
"""Column of the classes."""


def colours_of_classes(
    session: TableSession, classes: pd.Series[Any]
) -> dict[str, Colour]:
    """Return the colour of each class; the layer stores it, also for its files."""
    names = sorted(str(name) for name in classes.dropna().unique())
    layer = session.labels_layer
    metadata = {} if layer is None else layer.metadata
    colours = choose_colours(names, metadata.get(CLASS_COLOURS))
    metadata[CLASS_COLOURS] = {**metadata.get(CLASS_COLOURS, {}), **colours}
    return colours


class WrittenClasses:
    """The classes that one section has written into the table.

    Several sections write classes. The one that wrote last keeps them up to date; the
    others must not replace them until the user asks for it.

    Parameters
    ----------
    session : TableSession
    """

    def __init__(self, session: TableSession) -> None:
        self._session = session
        self._written: pd.Series[Any] | None = None

    @property
    def exist(self) -> bool:
        """Whether the table has classes, of whatever origin."""
        return CLASS in self._session.frame

    @property
    def are_mine(self) -> bool:
        """Whether the classes in the table are those written here.

        New nuclei without a class yet make no difference.
        """
        if self._written is None or not self.exist:
            return False
        present = self._session.frame[CLASS].dropna()
        present = present[~present.index.duplicated()]
        mine = self._written.reindex(present.index)
        return bool(np.array_equal(present.to_numpy(object), mine.to_numpy(object)))

    def write(self, classes: pd.Series[Any], strength: str | None = None) -> None:
        """Write the class of each nucleus, and colour the nuclei by it.

        Parameters
        ----------
        classes : Series of str
            Joined by label.
        strength : str, optional
            Column of 0 to 1: the opacity of the colours.
        """
        session = self._session
        classes = classes[~classes.index.duplicated()]
        if not self._are_present(classes):
            self._written = classes
            session.set_column(CLASS, classes)
        self._written = classes
        colours = colours_of_classes(session, classes)
        session.colour_by_class(
            CLASS,
            {name: np.array(colour) / 255 for name, colour in colours.items()},
            strength=strength,
        )

    def remove(self) -> None:
        """Remove the classes, and give the layer its former colours."""
        self._written = None
        self._session.colour_by(None)
        self._session.remove_column(CLASS)

    def _are_present(self, classes: pd.Series[Any]) -> bool:
        if not self.exist:
            return False
        present = self._session.frame[CLASS]
        expected = classes.reindex(present.index)
        return bool(present.astype(object).equals(expected.astype(object)))
