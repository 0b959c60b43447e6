"""The classes of the nuclei of a Labels layer, and their colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    from napari.utils import DirectLabelColormap

CLASS_COLOURS = "class_colours"
"""Key of a dict in the metadata of a layer: red, green and blue by name of a class."""

NO_CLASS = (128, 128, 128)
"""Colour of a nucleus without a class."""


def class_colormap(
    classes: pd.Series[Any], colours: Mapping[str, Sequence[int]]
) -> DirectLabelColormap:
    """Return a colormap of labels by their classes.

    Parameters
    ----------
    classes : Series of str
        By label.
    colours : dict of str to sequence of int
        Red, green and blue of each class, 0 to 255.
    """
    from napari.utils import DirectLabelColormap

    def rgba(colour: Sequence[int]) -> NDArray[np.float32]:
        return np.array([*(value / 255 for value in colour), 1], np.float32)

    painted: dict[int | None, Any] = {0: np.zeros(4, np.float32), None: rgba(NO_CLASS)}
    for label, name in classes.dropna().items():
        painted[int(label)] = rgba(colours.get(str(name), NO_CLASS))
    return DirectLabelColormap(color_dict=painted)


def layer_classes(
    features: pd.DataFrame | None, labels: NDArray[np.integer]
) -> pd.DataFrame | None:
    """Return the classes in the features of a layer, with a row for every label.

    Parameters
    ----------
    features : DataFrame, optional
        With the columns `label` and `class`.
    labels : ndarray of int

    Returns
    -------
    DataFrame, optional
        Column `class`; the index is `label`. None if the features have no classes.
    """
    if features is None or not {"label", "class"} <= {*features}:
        return None
    found = features.dropna(subset=["label", "class"]).drop_duplicates("label")
    found = found.astype({"label": np.int64}).set_index("label")[["class"]]
    return found.reindex(np.setdiff1d(labels, 0)).rename_axis("label")
