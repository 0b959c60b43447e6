"""The smallest and the largest area of a nucleus, shown in px² or µm²."""

from __future__ import annotations

import math

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.shared.form import number_or_none, number_slider, text_line

SLIDER_MAX = 500.0
"""End of the slider, in px², unless the model's smallest area is large."""


class AreaControls:
    """Build the controls of the smallest and the largest area.

    They show µm² for an image with a pixel size in µm, and px² for others. The settings
    are stored in px², so a change of the unit does not change them.

    Attributes
    ----------
    min_size : FloatSlider
    max_size : LineEdit
        Empty for no limit.
    min_pixels : float
        The smallest area, in px².
    """

    def __init__(self) -> None:
        self.min_size = number_slider(
            SegmentConfig, "min_size", high=SLIDER_MAX, step=1
        )
        self.max_size = text_line(SegmentConfig, "max_size")
        self.min_pixels = 0.0
        self._max_pixels: float | None = None
        self._slider_max = SLIDER_MAX
        self._pixel_area = 1.0
        self.min_size.changed.connect(self._on_min_changed)
        self.max_size.changed.connect(self._on_max_changed)
        self.set_pixel_size(None)

    def set_pixel_size(self, pixel_size: float | None) -> None:
        """Show areas in µm² if there is a pixel size, in µm, else in px²."""
        self._pixel_area = 1.0 if pixel_size is None else pixel_size**2
        unit = "px²" if pixel_size is None else "µm²"
        self.min_size.step = 1 if pixel_size is None else 0.01
        self.min_size.label = f"Smallest area ({unit})"
        self.min_size.tooltip = f"Leave out nuclei of a smaller area, in {unit}."
        self.max_size.label = f"Largest area ({unit})"
        self.max_size.tooltip = f"Leave out nuclei of a larger area, in {unit}."
        self.max_size.native.setPlaceholderText("no limit")
        self._show_min()
        with self.max_size.changed.blocked():
            if self._max_pixels is not None:
                self.max_size.value = f"{self._max_pixels * self._pixel_area:.6g}"

    def set_min_pixels(self, area: float) -> None:
        """Set the smallest area, in px²."""
        changed = area != self.min_pixels
        self.min_pixels = area
        self._show_min()
        if changed:
            self.min_size.changed.emit(self.min_size.value)

    def set_model_area(self, area: float) -> None:
        """Set the smallest area to that of a model, in px²; extend the slider to it."""
        self._slider_max = max(SLIDER_MAX, 4 * area)
        self.set_min_pixels(area)

    def accepts_min_pixels(self, area: float) -> bool:
        """Return whether the slider can show an area, in px²."""
        return 0 <= area <= self._slider_max

    def max_pixels(self) -> float | None:
        """Return the largest area, in px²; None for no limit.

        Raises
        ------
        ValueError
            If the text is not a number.
        """
        number_or_none("Largest area", self.max_size.value)
        return self._max_pixels

    def set_max_pixels(self, area: float | None) -> None:
        """Set the largest area, in px²; None for no limit."""
        shown = "" if area is None else f"{area * self._pixel_area:.6g}"
        self.max_size.value = shown
        self._max_pixels = area

    def _show_min(self) -> None:
        slider = self.min_size
        with slider.changed.blocked():
            end = self._slider_max * self._pixel_area
            slider.max = max(slider.max, end)
            slider.value = self.min_pixels * self._pixel_area
            slider.max = end

    def _on_min_changed(self, value: float) -> None:
        shown = self.min_pixels * self._pixel_area
        # The slider rounds the area of `set_min_pixels`; the exact area is stored.
        if not math.isclose(value, shown, rel_tol=1e-6, abs_tol=1e-3):
            self.min_pixels = value / self._pixel_area

    def _on_max_changed(self, text: str) -> None:
        try:
            area = number_or_none("Largest area", text)
        except ValueError:
            self._max_pixels = None
            return
        self._max_pixels = None if area is None else area / self._pixel_area
