"""What the dock measures besides shapes and intensities: a ring, and stains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magicgui.widgets import CheckBox, ComboBox, FloatSpinBox
from qtpy.QtCore import QTimer

from napari_nuclei.core.measure.stains import STAINS
from napari_nuclei.widgets.nuclei.live.measuring import MeasureSettings
from napari_nuclei.widgets.shared.fold import Fold

if TYPE_CHECKING:
    from napari_nuclei.widgets.nuclei.table_session import TableSession

DELAY_MS = 400
"""Time without a change after which the nuclei are measured, in milliseconds."""

MAX_LENGTH = 500
"""Largest gap or width of a ring."""


class MeasureSection(Fold):
    """Choose a ring around each nucleus, and stains of images with colours.

    Parameters
    ----------
    session : TableSession
    """

    def __init__(self, session: TableSession) -> None:
        self._session = session
        self.width = FloatSpinBox(
            name="width",
            label="Ring width",
            value=0,
            max=MAX_LENGTH,
            step=1,
            tooltip="Width of the ring around each nucleus; 0 measures none.",
        )
        self.gap = FloatSpinBox(
            name="gap",
            label="Ring gap",
            value=1,
            max=MAX_LENGTH,
            step=1,
            tooltip="Distance between a nucleus and its ring.",
        )
        self.unit = ComboBox(
            name="unit",
            label="Ring in",
            choices=["px", "µm"],
            value="px",
            tooltip="The unit of gap and width.",
        )
        self.stains = [
            CheckBox(
                name=stain,
                text=stain.capitalize() if stain != "dab" else "DAB",
                tooltip=f"Measure the optical density of {stain} in RGB images.",
            )
            for stain in STAINS
        ]
        controls = [self.width, self.gap, self.unit, *self.stains]
        super().__init__(
            "Ring and stains",
            controls,
            "Measure a ring around each nucleus, and stains.",
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.apply)
        for control in controls:
            control.changed.connect(lambda: self._timer.start())
        self.track_changes(self._count_changed, self._reset_all)
        session.layers_changed.connect(self._on_layers)
        self._on_layers()

    @property
    def settings(self) -> MeasureSettings:
        """The settings of the form."""
        ring = None
        if self.width.value:
            unit = "um" if self.unit.value == "µm" else "px"
            ring = (f"{self.gap.value:g}{unit}", f"{self.width.value:g}{unit}")
        stains = tuple(
            stain
            for stain, box in zip(STAINS, self.stains, strict=True)
            if box.value and box.enabled
        )
        return MeasureSettings(ring, stains)

    def apply(self) -> None:
        """Measure with the settings of the form."""
        self._session.set_settings(self.settings)

    def _on_layers(self) -> None:
        has_colours = any(image.rgb for image in self._session.images)
        for box in self.stains:
            box.enabled = has_colours
        if self.settings.stains != self._session.settings.stains:
            self._timer.start()

    def _count_changed(self) -> int:
        return int(self.width.value > 0) + sum(box.value for box in self.stains)

    def _reset_all(self) -> None:
        self.width.value, self.gap.value = 0, 1
        for box in self.stains:
            box.value = False
