"""The control of the diameter: measured, left alone, or a number with a unit."""

from __future__ import annotations

from magicgui.widgets import ComboBox, Container, FloatSpinBox, PushButton, Widget
from qtpy.QtWidgets import QComboBox

AUTO, NATIVE, PIXELS, MICROMETRES = "auto", "as it is", "pixels", "um"

START = 20.0
"""Shown first where a number is asked for."""


class DiameterBox(Container[Widget]):
    """How large the nuclei are.

    Its text is that of `SegmentConfig.diameter`: "auto", "native", "24" or "9um".

    Attributes
    ----------
    number : FloatSpinBox
        The diameter as a number; shown by the form in a row of its own.
    """

    def __init__(self) -> None:
        self._known = False
        self.unit = ComboBox(
            choices=self._units,
            tooltip="How large nuclei are. auto: measure it in the image. as it is: "
            "take them to be as large as the model's. Or a diameter in pixels, or in "
            "micrometres (um) where the image says how large its pixels are.",
        )
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.unit.native.setSizeAdjustPolicy(policy)
        self.unit.native.setMinimumContentsLength(6)
        self.number = FloatSpinBox(
            value=START,
            min=0.01,
            max=100_000,
            step=1,
            name="typical",
            label="Typical",
            tooltip="Typical diameter of a nucleus, in the unit above.",
        )
        self.number.native.setDecimals(2)
        self.measure = PushButton(
            text="Measure",
            tooltip="Take the diameter from a line or ellipse drawn in a Shapes layer, "
            "or from the chosen label of a Labels layer.",
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
        """The diameter as `SegmentConfig` takes it."""
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
        unit = MICROMETRES if text.endswith("um") else PIXELS
        if unit not in self.unit.choices:
            self.unit.value = AUTO
            return
        self.number.value = float(text.removesuffix("um"))
        self.unit.value = unit

    def offer_micrometres(self, known: bool) -> None:
        """Offer micrometres where the size of a pixel is known, and only there."""
        self._known = known
        self.unit.reset_choices()

    def set_pixels(self, diameter: float, pixel_size: float | None) -> None:
        """Show a diameter in pixels, in micrometres where these are chosen."""
        if self.unit.value == MICROMETRES and pixel_size is not None:
            self.text = f"{diameter * pixel_size:.4g}um"
        else:
            self.text = f"{diameter:.4g}"

    def _units(self, _: object) -> list[str]:
        return [AUTO, NATIVE, PIXELS] + ([MICROMETRES] if self._known else [])

    def _show_number(self) -> None:
        self.number.visible = self.unit.value in (PIXELS, MICROMETRES)
