"""The thresholds of the Segment widget: those of the model until one is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import FloatSlider

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.shared.form import number_slider

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard

MODEL_DEFAULT = -1.0
"""Kept for a threshold that was left as the model has it."""

MIN_SIZE_SLIDER_MAX = 500.0
"""End of the slider of the smallest size, in pixels, unless the model's is larger."""


class ThresholdSliders:
    """A slider for each threshold that a model brings along.

    Attributes
    ----------
    probability, splitting, min_size, min_score : FloatSlider
        Named like the fields of `SegmentConfig`.
    all_sliders : tuple of FloatSlider
    """

    def __init__(self) -> None:
        self.probability = number_slider(SegmentConfig, "probability")
        self.splitting = number_slider(SegmentConfig, "splitting")
        self.min_size = number_slider(
            SegmentConfig,
            "min_size",
            label="Smallest",
            high=MIN_SIZE_SLIDER_MAX,
            step=1,
        )
        self.min_score = number_slider(SegmentConfig, "min_score", label="Min score")
        self.all_sliders = (
            self.probability,
            self.splitting,
            self.min_size,
            self.min_score,
        )
        self._of_model: dict[str, float] = {}

    def show_model(self, card: ModelCard) -> None:
        """Show the thresholds of a model, which is what sliders left alone mean."""
        self._of_model = {}
        self.min_size.max = max(MIN_SIZE_SLIDER_MAX, 4 * card.min_size)
        for slider in self.all_sliders:
            slider.value = getattr(card, slider.name)
            self._of_model[slider.name] = slider.value

    def settings(self) -> dict[str, Any]:
        """Return a field of `SegmentConfig` for each slider, None for the model's."""
        return {slider.name: self._moved(slider) for slider in self.all_sliders}

    def values(self) -> dict[str, Any]:
        """Return what is kept for the next session."""
        return {
            name: MODEL_DEFAULT if value is None else value
            for name, value in self.settings().items()
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Show what an earlier session kept, where it still makes sense."""
        for slider in self.all_sliders:
            value = kept.get(slider.name, MODEL_DEFAULT)
            if isinstance(value, int | float) and slider.min <= value <= slider.max:
                slider.value = value

    def _moved(self, slider: FloatSlider) -> float | None:
        """Return a slider's value, or None while it is the model's own."""
        if slider.value == self._of_model.get(slider.name):
            return None
        return round(float(slider.value), 4)
