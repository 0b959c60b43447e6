"""Columns of a table that are not measured again after every edit; without Qt."""

from __future__ import annotations

from collections.abc import Iterable
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

    def read(self, layer: napari.layers.Labels) -> None:
        """Take over the features of a layer, except those that the dock measured."""
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
                self._columns[name] = column
                self._found.add(name)

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
        layer.features = features
        layer.metadata[MEASURED_KEY] = [str(name) for name in measured.columns]
