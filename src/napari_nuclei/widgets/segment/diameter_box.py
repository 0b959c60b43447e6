"""The control of the diameter: automatic, no resizing, or a number with a unit."""

from __future__ import annotations

from magicgui.widgets import ComboBox, Container, FloatSpinBox, PushButton, Widget
from qtpy.QtWidgets import QComboBox

from napari_nuclei.config.segment_config import LENGTH_PATTERN

AUTO, NATIVE, PIXELS, MICROMETRES = "auto", "do not resize", "px", "µm"

DEFAULT_NUMBER = 20.0
"""First number shown, in pixels or micrometres."""


class DiameterBox(Container[Widget]):
    """The typical diameter of the nuclei.

    Attributes
    ----------
    unit : ComboBox
    number : FloatSpinBox
        The diameter as a number. The form shows it in a row of its own.
    measure : PushButton
    """

    def __init__(self) -> None:
        self._micrometres_offered = False
        self.unit = ComboBox(
            choices=self._units,
            tooltip="Typical diameter of the nuclei. auto: measure it in the image. "
            "do not resize: segment the image as it is, for nuclei of the model's "
            "size. px or µm: set it; µm needs an image with a pixel size.",
        )
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.unit.native.setSizeAdjustPolicy(policy)
        self.unit.native.setMinimumContentsLength(6)
        self.number = FloatSpinBox(
            value=DEFAULT_NUMBER,
            min=0.01,
            max=100_000,
            step=1,
            name="typical",
            label=" ",  # an empty one would be replaced by the name
            tooltip="Typical diameter of a nucleus, in the unit above.",
        )
        self.number.native.setDecimals(2)
        self.measure = PushButton(
            text="Measure",
            tooltip="Measure a line or ellipse that you drew in a Shapes layer, or "
            "the nucleus of the selected label of a Labels layer.",
        )
        super().__init__(
            name="diameter",
            label="Diameter",
            widgets=[self.unit, self.measure],
            layout="horizontal",
            labels=False,
        )
        self.margins = (0, 0, 0, 0)
        self.unit.changed.connect(self._show_number)
        self._show_number()

    @property
    def text(self) -> str:
        """The diameter for `SegmentConfig`: "auto", "native", "24" or "9um"."""
        unit = self.unit.value
        if unit == AUTO:
            return "auto"
        if unit == NATIVE:
            return "native"
        number = f"{self.number.value:g}"
        return f"{number}um" if unit == MICROMETRES else number

    @text.setter
    def text(self, text: str) -> None:
        if text in ("auto", "native"):
            self.unit.value = AUTO if text == "auto" else NATIVE
            return
        length = LENGTH_PATTERN.match(text)
        unit = MICROMETRES if length else PIXELS
        if unit not in self.unit.choices:
            self.unit.value = AUTO
            return
        self.number.value = float(length[1] if length else text)
        self.unit.value = unit

    def offer_micrometres(self, offered: bool) -> None:
        """Offer the unit µm, or not, for an image without a pixel size in µm."""
        self._micrometres_offered = offered
        self.unit.reset_choices()

    def set_pixels(self, diameter: float, pixel_size: float | None) -> None:
        """Set a diameter in pixels; convert it if the unit µm is chosen.

        Parameters
        ----------
        diameter : float
            In pixels.
        pixel_size : float, optional
            In micrometres.
        """
        if self.unit.value == MICROMETRES and pixel_size is not None:
            self.text = f"{diameter * pixel_size:.4g}um"
        else:
            self.text = f"{diameter:.4g}"

    def _units(self, _: object) -> list[str]:
        units = [AUTO, NATIVE, PIXELS]
        return [*units, MICROMETRES] if self._micrometres_offered else units

    def _show_number(self) -> None:
        self.number.visible = self.unit.value in (PIXELS, MICROMETRES)
        self.number.native.setSuffix(f" {self.unit.value}")
