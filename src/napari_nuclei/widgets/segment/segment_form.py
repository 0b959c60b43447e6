"""The form of the Segment widget: its controls and their settings."""

from __future__ import annotations

from collections.abc import Callable, Container
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, FloatSlider, LineEdit, PushButton, Widget

from napari_nuclei.config import SegmentConfig
from napari_nuclei.model.user_models import get_preferred_model
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    VISIBLE_PART,
    WHOLE_IMAGE,
)
from napari_nuclei.widgets.layers.layer_axes import plane_axes
from napari_nuclei.widgets.layers.transform import layer_pixel_size
from napari_nuclei.widgets.segment.area_controls import AreaControls
from napari_nuclei.widgets.segment.blockwise import results_folder
from napari_nuclei.widgets.segment.copy_buttons import CopyButtons
from napari_nuclei.widgets.segment.diameter_box import DiameterBox
from napari_nuclei.widgets.segment.image_selector import ImageSelector
from napari_nuclei.widgets.segment.image_settings import (
    DEFAULT_DIAMETER,
    ImageSettings,
)
from napari_nuclei.widgets.segment.keeping.keep_box import KeepBox
from napari_nuclei.widgets.segment.region_controls import RegionControls, on_change
from napari_nuclei.widgets.segment.threshold_sliders import ThresholdSliders
from napari_nuclei.widgets.segment.tracking.stack_boxes import StackBoxes
from napari_nuclei.widgets.shared.fold import Fold
from napari_nuclei.widgets.shared.form import (
    align_columns,
    folder_line,
    make_checkbox,
)
from napari_nuclei.widgets.shared.model_selector import ModelSelector

if TYPE_CHECKING:
    import napari.layers

SHORTCUT = "Ctrl+Alt+N"
"""Shortcut of Run while the dock is open."""

ALL = (
    *("model", "probability", "splitting", "min_size", "max_size", "min_confidence"),
    *("drop_border", "correct", "outlines", "probabilities", "centroids"),
    *("region", "large_folder", "diameter"),
)
"""Names of the settings that are saved."""


class SegmentForm:
    """The controls of the Segment widget.

    Parameters
    ----------
    images : callable
        Returns the image layers to choose from.
    """

    def __init__(self, images: Callable[[Any], list[napari.layers.Image]]) -> None:
        self.image_selector = ImageSelector(images)
        self.image = self.image_selector.combo
        self.models = ModelSelector()
        self.model = self.models.combo
        self.diameter = DiameterBox()
        self.region_controls = regions = RegionControls(self.image)
        self.stack_boxes = stack_boxes = StackBoxes()
        self.keep = KeepBox(self.image)
        self.join, self.track = stack_boxes.join, stack_boxes.track
        self.image_settings = ImageSettings(self.diameter, regions, self.join)
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
            "background and smooth noise, if more nuclei are then found.",
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
            *(self.image_selector, self.models, self.diameter, self.diameter.number),
            *(regions.region, regions.short_axis, regions.channel, regions.level),
            *(*self.stack_boxes.boxes, self.keep.box),
        ]
        self.thresholds: list[FloatSlider] = [
            *(sliders.probability, sliders.splitting, sliders.min_size)
        ]
        self.more: list[Widget] = [
            *(self.max_size, sliders.min_confidence, self.drop_border, self.correct),
            *(self.outlines, self.probabilities, self.centroids),
            *(regions.channel_axis, self.large_folder),
        ]
        self.thresholds_fold = Fold(
            "Thresholds",
            self.thresholds,
            "Which pixels are nuclei, and how touching nuclei are separated. After a "
            "run the labels follow the sliders.",
        )
        self.more_fold = Fold(
            "More",
            self.more,
            "Leave out nuclei, add other layers, copy the run as code, and use these "
            "settings for a folder or a plate.",
            footer=[self.copy_buttons.command, self.copy_buttons.python],
        )
        align_columns([self.thresholds_fold.column, self.more_fold.column])
        self.thresholds_fold.track_changes(
            lambda: sliders.count_changed(*self.thresholds), self._reset_thresholds
        )
        self.more_fold.track_changes(self._count_more, self._reset_more)
        self.settings: list[FloatSlider | LineEdit | CheckBox] = [
            *sliders.all_sliders,
            self.max_size,
            self.drop_border,
        ]
        self.image.changed.connect(self.image_changed)
        regions.level.changed.connect(self._show_units)
        regions.connect(self.update_titles)
        on_change(regions.channel_axis, self._offer_joining)

    def follow(self, viewer: napari.viewer.Viewer) -> None:
        """Follow the selected layer, and the results that are corrected."""
        self.image_selector.follow(viewer)
        self.keep.follow(viewer)

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
        """Show the controls, the units and the settings of the chosen image."""
        self.image_settings.store()
        self.region_controls.image_changed()
        self._show_units()
        self.stack_boxes.show(self.image.value, self.region_controls.channel_axis.value)
        self.image_settings.show(self.image.value)
        self.update_titles()

    def update_titles(self) -> None:
        """Show the number of changed settings in the titles of the sections."""
        self.thresholds_fold.update_title()
        self.more_fold.update_title()

    def values(self) -> dict[str, Any]:
        """Return the values to save for the next session; None for those not set.

        Settings that belong to an image, such as its diameter, are not saved.
        """
        saved: dict[str, Any] = {
            "model": self.model.value,
            **self.sliders.settings(),
            "region": self.region_controls.region.value,
            "max_size": self.areas.max_pixels(),
            "large_folder": self.large_folder.value,
        }
        for box in self.checkboxes:
            saved[box.name] = box.value
        return saved

    def restore(self, saved: dict[str, Any], names: Container[str] = ALL) -> None:
        """Show saved values; ignore values that are no longer valid.

        Parameters
        ----------
        saved : dict of str to object
            Without the settings that are not set.
        names : container of str
            The settings to show; the others stay as they are.
        """
        model = saved.get("model", get_preferred_model())
        if "model" in names and model in self.model.choices:
            self.model.value = model
        for slider in self.sliders.all_sliders:
            if slider.name in names and slider.name not in saved:
                self.sliders.reset(slider)
        self.sliders.restore({x: y for x, y in saved.items() if x in names})
        for box in self.checkboxes:
            if box.name in names:
                box.value = bool(saved.get(box.name, self._default(box)))
        region = saved.get("region")
        if "region" in names and region in (WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART):
            self.region_controls.region.value = region
        if "max_size" in names:
            largest = saved.get("max_size")
            self.areas.set_max_pixels(largest if (largest or 0) >= 1 else None)
        if "large_folder" in names:
            self.large_folder.value = saved.get("large_folder") or None
        if "diameter" in names:
            diameter = str(saved.get("diameter", DEFAULT_DIAMETER))
            with suppress(ValueError):
                SegmentConfig(diameter=diameter)
                self.image_settings.default_diameter = diameter
                self.diameter.text = diameter
        self.update_titles()

    def _default(self, box: CheckBox) -> bool:
        return box is self.correct

    def _reset_thresholds(self) -> None:
        self.sliders.reset(*self.thresholds)

    def _count_more(self) -> int:
        changed = [box for box in self.checkboxes if box.value != self._default(box)]
        axis = self.region_controls.channel_axis
        others = (
            self.max_size.value.strip(),
            self.large_folder.value,
            axis.value != self.region_controls.detected_axis,
        )
        moved = self.sliders.count_changed(self.sliders.min_confidence)
        return moved + len(changed) + sum(map(bool, others))

    def _reset_more(self) -> None:
        self.sliders.reset(self.sliders.min_confidence)
        for box in self.checkboxes:
            box.value = self._default(box)
        self.areas.set_max_pixels(None)
        self.large_folder.value = None
        self.region_controls.channel_axis.value = self.region_controls.detected_axis

    def _offer_joining(self) -> None:
        self.join.offer(self.image.value, self.region_controls.channel_axis.value)

    def _show_units(self) -> None:
        layer, pixel_size = self.image.value, None
        if layer is not None and layer.ndim > 1:
            pixel_size = layer_pixel_size(layer, plane_axes(layer))
        self.diameter.offer_micrometres(pixel_size is not None)
        if pixel_size is not None:
            pixel_size *= self.region_controls.downsampling()
        self.areas.set_pixel_size(pixel_size)


def make_run_buttons() -> tuple[PushButton, PushButton, CheckBox]:
    """Return the buttons Run and Cancel, and the checkbox of the live view."""
    run = PushButton(text="Run", tooltip=f"Find the nuclei of the image ({SHORTCUT}).")
    run.native.setShortcut(SHORTCUT)
    cancel = PushButton(text="Cancel", tooltip="Stop the run; what is done stays.")
    live = CheckBox(
        text="Live view",
        value=False,
        tooltip="Segment the visible part whenever you pan, zoom or move a slider.",
    )
    return run, cancel, live
