"""The thresholds of the Segment widget: the model's until a slider is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import FloatSlider

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.segment.area_controls import AreaControls
from napari_nuclei.widgets.shared.form import number_slider

if TYPE_CHECKING:
    from napari_nuclei.core.card import ModelCard


class ThresholdSliders:
    """A slider for each threshold that has a default in the model card.

    Parameters
    ----------
    areas : AreaControls

    Attributes
    ----------
    probability, splitting, min_size, min_confidence : FloatSlider
        Named like the fields of `SegmentConfig`.
    all_sliders : tuple of FloatSlider
    """

    def __init__(self, areas: AreaControls) -> None:
        self._areas = areas
        self.probability = number_slider(
            SegmentConfig,
            "probability",
            label="Sensitivity",
            tooltip="Lower finds fainter nuclei: a pixel belongs to a nucleus if its "
            "foreground probability is at least this.",
        )
        self.splitting = number_slider(
            SegmentConfig,
            "splitting",
            tooltip="Higher separates touching nuclei more.",
        )
        self.min_size = areas.min_size
        self.min_confidence = number_slider(
            SegmentConfig,
            "min_confidence",
            label="Minimum confidence",
            tooltip="Leave out nuclei that are less likely to be right. Until you move "
            "it, the limit follows Sensitivity.",
        )
        self.all_sliders = (
            self.probability,
            self.splitting,
            self.min_size,
            self.min_confidence,
        )
        self._model_values: dict[str, float] = {}
        self._model_area = 0.0

    def show_model(self, card: ModelCard) -> None:
        """Set all sliders to the thresholds of a model."""
        self._model_values = {}
        self._model_area = card.min_size
        self._areas.set_model_area(card.min_size)
        for slider in self.all_sliders:
            if slider is not self.min_size:
                slider.value = getattr(card, slider.name)
            self._model_values[slider.name] = round(self._value(slider), 4)

    def settings(self) -> dict[str, Any]:
        """Return a field of `SegmentConfig` for each slider, None for the model's."""
        return {slider.name: self._moved_value(slider) for slider in self.all_sliders}

    def reset(self, *sliders: FloatSlider) -> None:
        """Set sliders to the thresholds of the model."""
        for slider in sliders:
            if slider is self.min_size:
                self._areas.set_min_pixels(self._model_area)
            elif slider.name in self._model_values:  # there is a model
                slider.value = self._model_values[slider.name]

    def count_changed(self, *sliders: FloatSlider) -> int:
        """Return how many of these sliders differ from the model's thresholds."""
        return sum(self._moved_value(slider) is not None for slider in sliders)

    def restore(self, saved: dict[str, Any]) -> None:
        """Set the sliders to saved values; ignore those outside the limits."""
        for slider in self.all_sliders:
            value = saved.get(slider.name)
            if not isinstance(value, int | float):
                continue
            if slider is self.min_size:
                if self._areas.accepts_min_pixels(value):
                    self._areas.set_min_pixels(value)
            elif slider.min <= value <= slider.max:
                slider.value = value

    def _value(self, slider: FloatSlider) -> float:
        is_area = slider is self.min_size
        return self._areas.min_pixels if is_area else float(slider.value)

    def _moved_value(self, slider: FloatSlider) -> float | None:
        """Return the value of a slider, or None while it is the model's."""
        value = round(self._value(slider), 4)
        return None if value == self._model_values.get(slider.name) else value
