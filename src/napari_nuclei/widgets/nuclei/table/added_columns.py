"""Columns of a table that are not measured again after every edit; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from napari_nuclei.core.measure.nuclei import INTENSITY
from napari_nuclei.widgets.segment.layer_data import make_features

if TYPE_CHECKING:
    import napari.layers

MEASURED_KEY = "napari_nuclei_table"
"""Key, in the metadata of a layer, of the columns that the dock has measured."""

MAX_EMPTY_ROWS = 1_000_000
"""Features have a row for each number up to the last label, if it is at most this."""


class AddedColumns:
    """Columns of other origin, such as classes: joined to the measurements by label."""

    def __init__(self) -> None:
        self._columns: dict[str, pd.Series] = {}
        self._found: set[str] = set()
        self._layer: napari.layers.Labels | None = None
        self._changed: Callable[[], object] = lambda: None
        self._writing = False
        self._written: Any = None

    def follow(
        self, layer: napari.layers.Labels, changed: Callable[[], object]
    ) -> None:
        """Take over the features of a layer, now and when others set them.

        Parameters
        ----------
        layer : napari.layers.Labels
        changed : callable
            Called when others have set the features, as Segment nuclei does.
        """
        self.stop()
        self._layer, self._changed = layer, changed
        self.read(layer)
        layer.events.features.connect(self._on_features)

    def stop(self) -> None:
        """Follow the layer no longer."""
        if self._layer is not None:
            self._layer.events.features.disconnect(self._on_features)
        self._layer = None

    def read(self, layer: napari.layers.Labels) -> None:
        """Take over the features of a layer that the dock has not measured."""
        features = pd.DataFrame(layer.features)
        if "label" not in features.columns or not len(features):
            return
        table = features.dropna(subset=["label"]).set_index("label")
        if not table.index.is_unique:
            return
        measured = layer.metadata.get(MEASURED_KEY, ())
        for name in table.columns:
            unnamed = str(name).startswith(f"{INTENSITY}_")
            if name in measured or name == "index" or unnamed:
                continue
            column = table[name].dropna()
            if len(column):
                if name not in self._columns:
                    self._found.add(name)
                self._columns[name] = column

    def set(self, name: str, values: pd.Series) -> None:
        """Add a column, or replace it."""
        self._columns[name] = values[~values.index.duplicated()]
        self._found.discard(name)

    def remove(self, name: str) -> bool:
        """Remove a column; return whether there was one."""
        self._found.discard(name)
        return self._columns.pop(name, None) is not None

    def forget_measured(self, edited: Iterable[int]) -> None:
        """Remove the numbers that the features had for nuclei that were edited.

        Texts, such as classes, stay: a nucleus keeps its class when it is corrected.
        """
        edited = list(edited)
        for name in self._found:
            column = self._columns[name]
            if column.dtype.kind == "f" and edited:
                self._columns[name] = column.drop(edited, errors="ignore")

    def join(self, measured: pd.DataFrame) -> pd.DataFrame:
        """Return measurements with these columns first, except measured ones."""
        joined = measured
        new: dict[str, Any] = {}
        for name, column in self._columns.items():
            if name in measured.columns and name in self._found:
                continue
            if column.index.equals(measured.index):
                new[name] = column.to_numpy()
            else:
                new[name] = column.reindex(measured.index).to_numpy()
        if new:
            frame = pd.DataFrame(new, index=measured.index)
            rest = [name for name in measured.columns if name not in new]
            joined = pd.concat([frame, measured[rest]], axis=1)
        return joined

    def write(
        self,
        layer: napari.layers.Labels,
        frame: pd.DataFrame,
        measured: pd.DataFrame,
    ) -> None:
        """Set the features of the layer, and note which columns were measured."""
        if frame.index.is_unique and frame.index.max() > MAX_EMPTY_ROWS:
            features = frame.reset_index()
            features.insert(0, "index", features["label"])
        else:
            features = make_features(frame)
        self._writing = True
        try:
            layer.features = features
        finally:
            self._writing = False
        self._written = layer.features
        layer.metadata[MEASURED_KEY] = [str(name) for name in measured.columns]

    def _on_features(self, event: Any) -> None:
        # napari reports features when only the labels were replaced, too.
        layer = self._layer
        if layer is None or self._writing or layer.features is self._written:
            return
        self.read(layer)
        self._changed()
