"""The table of the nuclei of a labels layer: its rows, filters and selection.

Without Qt: the dock, its sections and tests use the same class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from psygnal import Signal

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.nuclei.camera import show_nucleus
from napari_nuclei.widgets.nuclei.label_colours import LabelColours, Limits
from napari_nuclei.widgets.nuclei.live.live_table import LiveTable
from napari_nuclei.widgets.nuclei.live.measuring import (
    MeasureSettings,
    longest_sides,
    positions_of,
)
from napari_nuclei.widgets.nuclei.table.added_columns import AddedColumns
from napari_nuclei.widgets.nuclei.table.row_filters import (
    Filter,
    RowFilters,
    by_label,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer
    import pandas as pd

TYPED = "typed"
"""Name of the filter that the user types above the table."""


class TableSession:
    """A measured labels layer, what is shown of its table, and what is selected.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    live : LiveTable, optional
        Measures the layer and follows its edits; by default at once.

    Attributes
    ----------
    viewer : napari.viewer.Viewer
    labels_layer : napari.layers.Labels, optional
    images : list of napari.layers.Image
        Images that are measured.
    frame : DataFrame
        One row per nucleus, with the index `label`: measurements and added columns.
        Planes of a stack that were not joined may use the same labels.
    shown : ndarray of bool, shape (nuclei,)
        Which rows meet the filters.
    selected : frozenset of int
        Labels of the selected nuclei.
    message : str
        Why there is no table; empty if there is one.
    region_layer : napari.layers.Layer, optional
        Holds the regions whose nuclei are counted.
    """

    changed = Signal()
    """The table is new, or other rows are shown."""

    selection_changed = Signal()
    layers_changed = Signal()
    message_sent = Signal(str)
    """A message for the user, in a line."""

    def __init__(
        self, viewer: napari.viewer.Viewer, live: LiveTable | None = None
    ) -> None:
        import pandas as pd

        self.viewer = viewer
        self.live = live or LiveTable()
        self.live.on_measured = self._on_measured
        self.live.on_failed = self._clear
        self.labels_layer: napari.layers.Labels | None = None
        self.region_layer: napari.layers.Layer | None = None
        self.images: list[napari.layers.Image] = []
        self.frame: pd.DataFrame = pd.DataFrame(index=pd.Index([], name="label"))
        self._measured = self.frame
        self.shown: NDArray[np.bool_] = np.ones(0, bool)
        self.selected: frozenset[int] = frozenset()
        self.current: int | None = None
        self.message = ""
        self.colours = LabelColours()
        self._added = AddedColumns()
        self._filters = RowFilters()

    @property
    def rows(self) -> pd.Index:
        """Labels of the rows that meet the filters, in the order of the table."""
        return self.frame.index[self.shown]

    @property
    def filter_error(self) -> str:
        """Why a filter is not applied; empty if all are."""
        return self._filters.error

    @property
    def axes(self) -> str:
        """One letter per axis of the labels."""
        request = self.live.request
        return request.axes if request is not None else "YX"

    @property
    def pixel_side(self) -> float | None:
        """Side of a pixel in µm; None if the layer does not say."""
        size = None if self.live.request is None else self.live.request.pixel_size
        return size[-1] if isinstance(size, tuple) else size

    @property
    def settings(self) -> MeasureSettings:
        """What is measured besides shapes and intensities."""
        return self.live.settings

    def set_layers(
        self,
        labels_layer: napari.layers.Labels | None,
        images: Iterable[napari.layers.Image] = (),
    ) -> None:
        """Choose the labels and the images, and measure them."""
        if labels_layer is not self.labels_layer:
            self.colours.restore()
            self.select(())
            self._added.stop()
            self._added = AddedColumns()
            if labels_layer is not None:
                self._added.follow(labels_layer, self._update_frame)
        self.labels_layer, self.images = labels_layer, list(images)
        self.layers_changed.emit()
        self.measure()

    def set_settings(self, settings: MeasureSettings) -> None:
        """Choose the ring and the stains, and measure again."""
        if settings != self.live.settings:
            self.live.settings = settings
            self.measure()

    def measure(self) -> None:
        """Measure all nuclei again."""
        if self.labels_layer is None:
            self.live.stop()
            self._clear("")
            return
        try:
            self.live.follow(self.labels_layer, self.images)
        except (TypeError, ValueError) as error:
            self._clear(format_error(error))

    def select(
        self,
        labels: Iterable[int],
        move_camera: bool = False,
        row: int | None = None,
    ) -> None:
        """Select nuclei.

        Parameters
        ----------
        labels : iterable of int
            Labels that are not in the table are left out.
        move_camera : bool
            Move the camera to one of them, and to its plane.
        row : int, optional
            Number of the row in `frame` that the user has clicked; the camera moves
            there. By default the first of the nuclei.
        """
        requested = np.fromiter((int(label) for label in labels), np.int64)
        present = self.frame.index[self.frame.index.isin(requested)]
        selected = frozenset(present.tolist())
        if row is None and len(present):
            row = int(np.flatnonzero(self.frame.index == present[0])[0])
        self.current = row if selected else None
        if selected != self.selected:
            self.selected = selected
            self.selection_changed.emit()
        if row is not None and selected and self.labels_layer is not None:
            self.labels_layer.selected_label = int(self.frame.index[row])
            if move_camera:
                nucleus = self.frame.iloc[[row]]
                (centre,) = positions_of(nucleus, self.axes)
                (size,) = longest_sides(nucleus)
                show_nucleus(self.viewer, self.labels_layer, centre, float(size))

    def set_filter(self, wanted: Filter, name: str = TYPED) -> None:
        """Show only the rows that meet this filter, and all filters of other names.

        Parameters
        ----------
        wanted : str, array of bool or None
            An expression (see `evaluate_filter`), a value per row of `frame`, or None
            to remove the filter. A Series of bool is joined by label after edits, and
            new nuclei are shown.
        name : str
            Filters of different names do not replace each other.

        Raises
        ------
        ValueError
            If the expression cannot be evaluated; the filters stay as they were.
        """
        self._filters.set(wanted, name, self.frame)
        self.shown = self._filters.apply(self.frame)
        self.changed.emit()

    def set_column(self, name: str, values: ArrayLike) -> None:
        """Add a column, such as ``class``, or replace it; it stays after edits.

        Parameters
        ----------
        name : str
        values : Series or array, shape (nuclei,)
            A Series is joined by label.
        """
        self._added.set(name, by_label(values, self.frame))
        self._update_frame()

    def remove_column(self, name: str) -> None:
        """Remove a column that was added; nothing happens if there is none."""
        if self._added.remove(name):
            self._update_frame()

    def colour_by(
        self,
        column: str | None,
        colormap: str = "viridis",
        limits: Limits = (None, None),
    ) -> None:
        """Colour the nuclei by a column; None for the former colours.

        Parameters
        ----------
        column : str, optional
        colormap : str
            Name of a colormap of napari.
        limits : tuple of float, optional
            Values of the first and the last colour; None is chosen from the column.

        Raises
        ------
        ValueError
            If there is no such column, or it has no numbers.
        """
        self.colours.by_column(self.labels_layer, self.frame, column, colormap, limits)

    def colour_by_class(
        self, column: str, colours: Mapping[str, Any], strength: str | None = None
    ) -> None:
        """Colour the nuclei by the classes in a column; others become transparent.

        Parameters
        ----------
        column : str
        colours : dict of str to colour
        strength : str, optional
            Column of 0 to 1, such as the certainty of a class: the opacity.
        """
        self.colours.by_class(self.labels_layer, self.frame, column, colours, strength)

    def close(self) -> None:
        """Stop following the layer, and give it its former colours."""
        self.live.stop()
        self._added.stop()
        self.colours.restore()

    def _on_measured(self, measured: pd.DataFrame, edited: Iterable[int]) -> None:
        self.message = ""
        self._added.forget_measured(edited)
        self._measured = measured
        self._update_frame()

    def _update_frame(self) -> None:
        if self.labels_layer is None:
            return
        self.frame = self._added.join(self._measured)
        self._added.write(self.labels_layer, self.frame, self._measured)
        self.shown = self._filters.apply(self.frame)
        self.colours.update(self.frame)
        present = self.selected & set(self.frame.index)
        self.changed.emit()
        if present != self.selected:
            self.selected = present
            self.selection_changed.emit()

    def _clear(self, message: str) -> None:
        self.message = message
        self.frame = self.frame.iloc[:0]
        self.shown = np.ones(0, bool)
        self.selected = frozenset()
        self.changed.emit()
        self.selection_changed.emit()
