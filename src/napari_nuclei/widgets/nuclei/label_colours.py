"""Colour the nuclei of a labels layer by a column, and back; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

Limits = tuple[float | None, float | None] | None
"""Values of the first and the last colour; None is chosen from a column."""

MISSING = (0.5, 0.5, 0.5, 1.0)
"""Colour of a nucleus without a value."""

FAINTEST = 0.15
"""Opacity of a nucleus whose class is not certain at all."""

MAX_LABEL = 65_000
"""Largest label that napari colours by a table of all labels."""

STEPS = 200
"""Number of colours between the first and the last."""

TRANSPARENT = (0.0, 0.0, 0.0, 0.0)


class LabelColours:
    """The colours that the dock gives a layer.

    Attributes
    ----------
    column : str, optional
        The column that gives the colours; None for the layer's own colours.
    limits : tuple of float
        Values of the first and last colour.
    """

    def __init__(self) -> None:
        self.column: str | None = None
        self.limits = (0.0, 1.0)
        self._layer: napari.layers.Labels | None = None
        self._former: Any = None
        self._drawn: tuple[Any, Any, Any] | None = None
        self._paint: Callable[[pd.DataFrame], None] = lambda frame: None

    def by_column(
        self,
        layer: napari.layers.Labels | None,
        frame: pd.DataFrame,
        column: str | None,
        colormap: str = "viridis",
        limits: Limits = (None, None),
    ) -> None:
        """Colour by the numbers in a column; see `TableSession.colour_by`."""
        if column is None or layer is None:
            self.restore()
            return
        check_column(frame, column)
        if frame[column].dtype.kind not in "biuf":
            raise ValueError(f"Column {column} has no numbers to colour by")

        def paint(frame: pd.DataFrame) -> None:
            from napari.utils.colormaps import ensure_colormap

            values = frame[column].to_numpy(float)
            low, high = column_limits(values)
            if limits is not None:
                low = low if limits[0] is None else limits[0]
                high = high if limits[1] is None else limits[1]
            self.limits = low, high
            scaled = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
            # napari draws few different colours faster.
            steps = np.rint(np.nan_to_num(scaled) * STEPS) / STEPS
            colours = np.asarray(ensure_colormap(colormap).map(steps))
            colours[np.isnan(values)] = MISSING
            self._show(frame, colours)

        self._begin(layer, column, paint, frame)

    def by_class(
        self,
        layer: napari.layers.Labels | None,
        frame: pd.DataFrame,
        column: str,
        colours: Mapping[str, Any],
        strength: str | None = None,
    ) -> None:
        """Colour by classes; see `TableSession.colour_by_class`."""
        if layer is None:
            return
        check_column(frame, column)

        def paint(frame: pd.DataFrame) -> None:
            from napari.utils.colormaps.standardize_color import transform_color

            found = np.tile(np.array(TRANSPARENT), (len(frame), 1))
            classes = frame[column].astype(str).to_numpy()
            for name, colour in colours.items():
                found[classes == name] = transform_color(colour)[0]
            found[frame[column].isna().to_numpy()] = MISSING
            if strength is not None and strength in frame.columns:
                share = frame[strength].fillna(1).to_numpy(float)
                found[:, 3] *= FAINTEST + (1 - FAINTEST) * np.clip(share, 0, 1)
            self._show(frame, found)

        self._begin(layer, column, paint, frame)

    def update(self, frame: pd.DataFrame) -> None:
        """Colour by the same column of a new table; restore if it has none."""
        if self.column is None:
            return
        try:
            check_column(frame, self.column)
            check_labels_in_range(frame)
        except ValueError:
            self.restore()
        else:
            self._paint(frame)

    def restore(self) -> None:
        """Give the layer the colours that it had."""
        layer, self.column = self._layer, None
        self._layer = self._drawn = None
        if layer is not None:
            layer.colormap = self._former
            self._former = None

    def _begin(
        self,
        layer: napari.layers.Labels,
        column: str,
        paint: Callable[[pd.DataFrame], None],
        frame: pd.DataFrame,
    ) -> None:
        check_labels_in_range(frame)
        if layer is not self._layer:
            self.restore()
            self._layer, self._former = layer, layer.colormap
        self.column, self._paint = column, paint
        paint(frame)

    def _show(self, frame: pd.DataFrame, colours: NDArray[np.floating[Any]]) -> None:
        from napari.utils.colormaps import DirectLabelColormap

        if self._layer is None:
            return
        labels = frame.index.to_numpy()
        before = self._drawn
        if (
            before is not None
            and self._layer.colormap is before[0]
            and np.array_equal(before[1], labels)
            and np.array_equal(before[2], colours)
        ):
            return  # a redraw takes long in large images
        fixed = {None: MISSING, 0: TRANSPARENT}
        colormap = DirectLabelColormap(color_dict=fixed)
        # Its constructor would check every colour, which takes long.
        colormap.color_dict.update(zip(labels.tolist(), colours, strict=True))
        self._layer.colormap = colormap
        self._drawn = colormap, labels, colours


def check_labels_in_range(frame: pd.DataFrame) -> None:
    """Raise a ValueError if napari cannot colour the labels of a table one by one."""
    if len(frame) and frame.index.max() > MAX_LABEL and find_spec("numba") is None:
        raise ValueError(
            f"napari needs numba to colour labels above {MAX_LABEL}: pip install numba"
        )


def check_column(frame: pd.DataFrame, column: str) -> None:
    """Raise a ValueError if a table does not have a column."""
    if column not in frame.columns:
        raise ValueError(f"The table has no column {column}")


def column_limits(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the values of the first and the last colour: nearly all lie between.

    Examples
    --------
    >>> column_limits(np.array([1.0, 3.0, np.nan]))
    (1.0, 3.0)
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    if len(finite) < 100:
        return float(finite.min()), float(finite.max())
    low, high = np.percentile(finite, (1, 99))
    return float(low), float(high)
