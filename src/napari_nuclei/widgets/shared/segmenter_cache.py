"""Hold the model of the last run of the Segment dock; without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.model.store import read_card

if TYPE_CHECKING:
    from napari_nuclei.core.segmenter import Segmenter


class SegmenterCache:
    """Load models; hold the last one until another one is requested."""

    def __init__(self) -> None:
        self._key: object = None
        self._segmenter: Segmenter | None = None

    def get(self, model: Path) -> Segmenter:
        """Return the segmenter of a model's folder, loaded again if its files changed.

        Raises
        ------
        OSError, ValueError
            If the model is missing or damaged.
        """
        # A model that was trained again under the same name has other hashes.
        key = (model, sorted(read_card(model).sha256.items()))
        if self._segmenter is None or key != self._key:
            import napari_nuclei

            self._segmenter = napari_nuclei.load_segmenter(model)
            self._key = key
        return self._segmenter
