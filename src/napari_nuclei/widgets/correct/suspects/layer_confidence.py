"""The confidence of nuclei that a layer holds from its run; without Qt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

CONFIDENCE = "confidence"
"""Name of the column."""


def with_confidence(
    measured: pd.DataFrame, layer: napari.layers.Labels, corrected: Iterable[int]
) -> pd.DataFrame:
    """Return measurements with the confidence that the layer's features hold.

    Corrected nuclei have none: it was that of their former outline.
    """
    features = layer.features
    if CONFIDENCE in measured.columns or CONFIDENCE not in features.columns:
        return measured
    if "label" not in features.columns:
        return measured
    values = features.dropna(subset=["label"]).set_index("label")[CONFIDENCE]
    if not values.index.is_unique:
        return measured
    values = values.drop(list(corrected), errors="ignore")
    return measured.assign(**{CONFIDENCE: values.reindex(measured.index).to_numpy()})
