"""The form of the Segment widget: its controls and their settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, FloatSlider, LineEdit, PushButton, Widget

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.layers.axes import plane_axes
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    VISIBLE_PART,
    WHOLE_IMAGE,
)
from napari_nuclei.widgets.layers.transform import layer_pixel_size
from napari_nuclei.widgets.segment.area_controls import AreaControls
from napari_nuclei.widgets.segment.blockwise import results_folder
from napari_nuclei.widgets.segment.copy_buttons import CopyButtons
from napari_nuclei.widgets.segment.diameter_box import DiameterBox
from napari_nuclei.widgets.segment.region_controls import RegionControls
from napari_nuclei.widgets.segment.threshold_sliders import ThresholdSliders
from napari_nuclei.widgets.shared.form import (
    combo,
    folder_line,
    make_collapsible,
)
from napari_nuclei.widgets.shared.model_selector import ModelSelector

if TYPE_CHECKING:
    import napari.layers

SHORTCUT = "Ctrl+Alt+N"
"""Shortcut of Run while the dock is open."""


class SegmentForm:
    """The controls of the Segment widget.

    Parameters
    ----------
    images : callable
        Returns the image layers to choose from.
    """

    def __init__(self, images: Callable[[Any], list[napari.layers.Image]]) -> None:
        self.image = combo("image", images, "The image in which to find nuclei.")
        self.models = ModelSelector()
        self.model = self.models.combo
        self.diameter = DiameterBox()
        self.region_controls = regions = RegionControls(self.image)
        self.areas = areas = AreaControls()
        self.max_size = areas.max_size
        self.sliders = sliders = ThresholdSliders(areas)
        self.drop_border = make_checkbox(
            "drop_border",
            "Leave out nuclei cut by the border",
            "Leave out nuclei that touch the border of the image.",
        )
        self.correct = make_checkbox(
            "correct",
            "Correct unusual images",
            "Set padding and extreme pixels to background, subtract an uneven "
            "background and smooth noise, if more nuclei are found then.",
        )
        self.correct.value = True
        self.outlines = make_checkbox(
            "outlines",
            "Draw outlines only",
            "Show the nuclei as outlines, so that the image is not covered.",
        )
        self.probabilities = make_checkbox(
            "probabilities",
            "Add the foreground probability",
            "Add an image layer: for each pixel, the probability that it lies in a "
            "nucleus.",
        )
        self.centroids = make_checkbox(
            "centroids",
            "Add the centroids",
            "Add a points layer with the centroid of each nucleus.",
        )
        self.checkboxes = (
            *(self.drop_border, self.correct),
            *(self.outlines, self.probabilities, self.centroids),
        )
        self.copy_buttons = CopyButtons()
        self.large_folder = folder_line(
            "large_folder",
            "The labels of a large image do not fit into memory. They are saved as "
            "OME-Zarr in this folder, with a table.",
            label="Save labels in",
            placeholder=str(results_folder()),
        )
        self.main: list[Widget] = [
            *(self.image, self.models, self.diameter, self.diameter.number),
            *(regions.region, regions.channel, regions.level),
        ]
        self.thresholds: list[Widget] = [
            *(sliders.probability, sliders.splitting, sliders.min_size)
        ]
        self.more: list[Widget] = [
            *(self.max_size, sliders.min_score, self.drop_border, self.correct),
            *(self.outlines, self.probabilities, self.centroids),
            *(regions.channel_axis, self.large_folder),
        ]
        self.thresholds_fold = make_collapsible(
            "Thresholds",
            self.thresholds,
            "Which pixels are nuclei, and how touching nuclei are separated. After a "
            "run the labels follow the sliders.",
        )
        self.more_fold = make_collapsible(
            "More",
            self.more,
            "Nuclei to leave out, further results, and the run as code.",
            footer=[self.copy_buttons.command, self.copy_buttons.python],
        )
        self.settings: list[FloatSlider | LineEdit | CheckBox] = [
            *sliders.all_sliders,
            self.max_size,
            self.drop_border,
        ]
        self.image.changed.connect(self.image_changed)
        regions.level.changed.connect(self._show_units)

    def config(self) -> SegmentConfig:
        """Return the settings of the form.

        Raises
        ------
        ValueError
            If one of them is not valid.
        """
        return SegmentConfig(
            diameter=self.diameter.text,
            max_size=self.areas.max_pixels(),
            drop_border=self.drop_border.value,
            correct=self.correct.value,
            **self.sliders.settings(),
        )

    def results_folder(self) -> Path:
        """Return the folder for the labels of large images."""
        chosen = self.large_folder.value
        return Path(str(chosen)) if chosen else results_folder()

    def image_changed(self) -> None:
        """Show only the controls and the units that the image needs."""
        self.region_controls.image_changed()
        self._show_units()

    def values(self) -> dict[str, Any]:
        """Return the values to save for the next session."""
        largest = self.areas.max_pixels()
        saved: dict[str, Any] = {
            "model": self.model.value,
            "diameter": self.diameter.text,
            **self.sliders.values(),
            "region": self.region_controls.region.value,
            "max_size": "" if largest is None else f"{largest:.10g}",
            "large_folder": str(self.large_folder.value or ""),
        }
        for box in self.checkboxes:
            saved[box.name] = box.value
        return saved

    def restore(self, saved: dict[str, Any]) -> None:
        """Show saved values; ignore values that are no longer valid."""
        if saved.get("model") in self.model.choices:
            self.model.value = saved["model"]
        self.sliders.restore(saved)
        for box in self.checkboxes:
            box.value = bool(saved.get(box.name, box is self.correct))
        if saved.get("region") in (WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART):
            self.region_controls.region.value = saved["region"]
        self.areas.restore_max(str(saved.get("max_size", "")))
        self.large_folder.value = saved.get("large_folder") or None
        diameter = str(saved.get("diameter", "auto"))
        try:
            SegmentConfig(diameter=diameter)
        except ValueError:
            return
        self.diameter.text = diameter

    def _show_units(self) -> None:
        layer, pixel_size = self.image.value, None
        if layer is not None and layer.ndim > 1:
            pixel_size = layer_pixel_size(layer, plane_axes(layer))
        self.diameter.offer_micrometres(pixel_size is not None)
        if pixel_size is not None:
            pixel_size *= self.region_controls.downsampling()
        self.areas.set_pixel_size(pixel_size)


def make_checkbox(name: str, text: str, tooltip: str) -> CheckBox:
    """Return a checkbox with its text on the right."""
    return CheckBox(name=name, label="", text=text, value=False, tooltip=tooltip)


def make_run_buttons() -> tuple[PushButton, PushButton, CheckBox]:
    """Return the buttons Run and Cancel, and the checkbox of the live view."""
    run = PushButton(text="Run", tooltip=f"Find the nuclei of the image ({SHORTCUT}).")
    run.native.setShortcut(SHORTCUT)
    cancel = PushButton(text="Cancel", tooltip="Cancel the run; no layer is added.")
    live = CheckBox(
        text="Live view",
        value=False,
        tooltip="Segment the visible part whenever you pan, zoom or move a slider.",
    )
    return run, cancel, live
