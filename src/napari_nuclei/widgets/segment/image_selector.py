"""The list of images, which follows the selected layer unless it is pinned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, Widget
from napari.layers import Image
from qtpy.compat import isalive
from qtpy.QtWidgets import QPushButton

from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY
from napari_nuclei.widgets.shared.form import combo

if TYPE_CHECKING:
    import napari.viewer

PIN_WIDTH = 44
"""Width of the button, in pixels."""

COMBO_CHARACTERS = 8
"""Characters that the combo shows at least, so that the button has room too."""


class ImageSelector(Container[Widget]):
    """A combo of images and a button that pins the chosen one.

    Parameters
    ----------
    images : callable
        Returns the image layers to choose from.

    Attributes
    ----------
    combo : ComboBox
    pin : QPushButton
        While it is pressed, the selected layer does not change the combo.
    """

    def __init__(self, images: Callable[[Any], list[Image]]) -> None:
        self.combo = combo("image", images, "The image in which to find nuclei.")
        self.combo.native.setMinimumContentsLength(COMBO_CHARACTERS)
        super().__init__(
            name="image_selector",
            label="Image",
            widgets=[self.combo],
            layout="horizontal",
            labels=False,
        )
        self.margins = (0, 0, 0, 0)
        self.pin = QPushButton("Pin", self.native)
        self.pin.setFixedWidth(PIN_WIDTH)
        self.pin.setCheckable(True)
        self.pin.setToolTip(
            "Stay on this image. Otherwise the image follows the selected layer."
        )
        self.native.layout().addWidget(self.pin)
        self._viewer: napari.viewer.Viewer | None = None

    def follow(self, viewer: napari.viewer.Viewer) -> None:
        """Choose the image that is selected in the viewer from now on."""
        self._viewer = viewer
        viewer.layers.selection.events.active.connect(self._on_selected)

    def _on_selected(self, event: object = None) -> None:
        # The dock may be closed. During a run the form shows the settings of the run.
        if self._viewer is None or not isalive(self.native) or not self.enabled:
            return
        layer = unwrap_layer(self._viewer.layers.selection.active)
        if self.pin.isChecked() or not isinstance(layer, Image):
            return
        if METADATA_KEY in layer.metadata:  # a result, such as the probability
            return
        self.combo.reset_choices()
        if layer in self.combo.choices:
            self.combo.value = layer
