"""The labels and the images of the Nuclei table dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari.layers import Image, Labels
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QListWidget, QListWidgetItem

from napari_nuclei.widgets.nuclei.live.matching_images import is_aligned
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY
from napari_nuclei.widgets.shared.form import layers_of

if TYPE_CHECKING:
    import napari.viewer

MAX_ROWS = 4
"""Number of images that are visible without scrolling."""


class ImageList(QListWidget):  # type: ignore[misc]
    """The images of a viewer, each with a tick.

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    ticked_changed : Signal
    """

    ticked_changed = Signal()

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self._images: list[Image] = []
        self._labels: Labels | None = None
        self.setToolTip("Images in which the nuclei are measured.")
        self.itemChanged.connect(lambda _: self.ticked_changed.emit())
        self.refresh(None)

    @property
    def ticked(self) -> list[Image]:
        """The images that are ticked."""
        return [
            image
            for row, image in enumerate(self._images)
            if self.item(row).checkState() == Qt.CheckState.Checked
        ]

    def refresh(self, labels: Labels | None) -> None:
        """List the images again.

        New images are ticked if their pixels are those of the labels; other labels
        tick all such images.
        """
        before = {image: image in self.ticked for image in self._images}
        if labels is not self._labels:
            before = {}
        self._labels = labels
        self._images = list(layers_of(self._viewer, "Image"))
        self.blockSignals(True)
        self.clear()
        for image in self._images:
            item = QListWidgetItem(image.name)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled)
            ticked = before.get(image)
            if ticked is None:
                ticked = labels is not None and self._is_default(image, labels)
            state = Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
            item.setCheckState(state)
            self.addItem(item)
        self.blockSignals(False)
        self._fit_height()

    def _is_default(self, image: Image, labels: Labels) -> bool:
        if METADATA_KEY in image.metadata:  # a result, such as the probability
            return False
        return is_aligned(image, labels)

    def _fit_height(self) -> None:
        rows = min(max(len(self._images), 1), MAX_ROWS)
        height = self.sizeHintForRow(0) if self._images else 0
        height = max(height, self.fontMetrics().lineSpacing() + 4)
        self.setFixedHeight(rows * height + 2 * self.frameWidth() + 2)
