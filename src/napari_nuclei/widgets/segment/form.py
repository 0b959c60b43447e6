"""The form of the Segment widget: controls, and the settings that they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, FloatSlider, LineEdit, Widget

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.layers.axes import plane_axes
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    VISIBLE_PART,
    WHOLE_IMAGE,
)
from napari_nuclei.widgets.layers.transform import layer_pixel_size
from napari_nuclei.widgets.segment.blockwise import results_folder
from napari_nuclei.widgets.segment.copy_buttons import CopyButtons
from napari_nuclei.widgets.segment.diameter_box import DiameterBox
from napari_nuclei.widgets.segment.region_controls import RegionControls
from napari_nuclei.widgets.segment.threshold_sliders import ThresholdSliders
from napari_nuclei.widgets.shared.form import (
    combo,
    folder_line,
    make_collapsible,
    number_or_none,
    text_line,
)
from napari_nuclei.widgets.shared.model_selector import ModelSelector

if TYPE_CHECKING:
    import napari.layers


class SegmentForm:
    """The controls of the Segment widget.

    Parameters
    ----------
    images : callable
        Gives the image layers that can be chosen.
    """

    def __init__(self, images: Callable[[Any], list[napari.layers.Image]]) -> None:
        self.image = combo("image", images, "The image in which to find nuclei.")
        self.models = ModelSelector()
        self.model = self.models.combo
        self.diameter = DiameterBox()
        self.region_controls = regions = RegionControls(self.image)
        self.sliders = sliders = ThresholdSliders()
        self.max_size = text_line(
            SegmentConfig,
            "max_size",
            label="Largest",
            placeholder="no limit, in pixels",
        )
        self.drop_border = make_checkbox(
            "drop_border",
            "Drop nuclei cut by the border",
            "Leave out nuclei that the image's border cuts.",
        )
        self.outlines = make_checkbox(
            "outlines",
            "Draw outlines only",
            "Show the nuclei as outlines, so the image stays seen.",
        )
        self.probabilities = make_checkbox(
            "probabilities",
            "Add the probability as an image",
            "How sure the network is that a pixel is nuclear.",
        )
        self.centroids = make_checkbox(
            "centroids",
            "Add the centroids as points",
            "A point in the middle of every nucleus.",
        )
        self.copy_buttons = CopyButtons()
        self.large_folder = folder_line(
            "large_folder",
            "The labels of a large image do not fit into memory; they are kept as "
            "OME-Zarr in this folder, with a table.",
            label="Keep labels in",
            placeholder=str(results_folder()),
        )
        self.main: list[Widget] = [self.image, self.models, self.diameter]
        self.main += [
            self.diameter.number,
            regions.area,
            regions.channel,
            regions.level,
        ]
        self.thresholds: list[Widget] = [
            sliders.probability,
            sliders.splitting,
            sliders.min_size,
        ]
        self.more: list[Widget] = [self.max_size, sliders.min_score, self.drop_border]
        self.more += [self.outlines, self.probabilities, self.centroids]
        self.more += [regions.channel_axis, self.large_folder]
        self.thresholds_fold = make_collapsible(
            "Thresholds",
            self.thresholds,
            "Which pixels are nuclei and how they are split; after a run the labels "
            "follow as you move a slider.",
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

    def config(self) -> SegmentConfig:
        """Return the settings of the form.

        Raises
        ------
        ValueError
            If one of them is not understood.
        """
        return SegmentConfig(
            diameter=self.diameter.text,
            max_size=number_or_none("largest size", self.max_size.value),
            drop_border=self.drop_border.value,
            **self.sliders.settings(),
        )

    def results_folder(self) -> Path:
        """Return the folder in which the labels of large images are kept."""
        chosen = self.large_folder.value
        return Path(str(chosen)) if chosen else results_folder()

    def image_changed(self) -> None:
        """Show the controls that the image needs, and only these."""
        self.region_controls.image_changed()
        layer = self.image.value
        known = False
        if layer is not None and layer.ndim > 1:
            known = layer_pixel_size(layer, plane_axes(layer)) is not None
        self.diameter.offer_micrometres(known)

    def values(self) -> dict[str, Any]:
        """Return what is kept for the next session."""
        kept: dict[str, Any] = {
            "model": self.model.value,
            "diameter": self.diameter.text,
            **self.sliders.values(),
        }
        for control in (self.region_controls.area, self.max_size, self.drop_border):
            kept[control.name] = control.value
        kept["large_folder"] = str(self.large_folder.value or "")
        for box in (self.outlines, self.probabilities, self.centroids):
            kept[box.name] = box.value
        return kept

    def restore(self, kept: dict[str, Any]) -> None:
        """Show the settings of an earlier session, where they still make sense."""
        if kept.get("model") in self.model.choices:
            self.model.value = kept["model"]
        self.sliders.restore(kept)
        ticks = (self.drop_border, self.outlines, self.probabilities, self.centroids)
        for box in ticks:
            box.value = bool(kept.get(box.name, False))
        if kept.get("area") in (WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART):
            self.region_controls.area.value = kept["area"]
        self.max_size.value = str(kept.get("max_size", ""))
        self.large_folder.value = kept.get("large_folder") or None
        diameter = str(kept.get("diameter", "auto"))
        try:
            SegmentConfig(diameter=diameter)
        except ValueError:
            return
        self.diameter.text = diameter


def make_checkbox(name: str, text: str, tooltip: str) -> CheckBox:
    """Return a box to tick, with its text beside it."""
    return CheckBox(name=name, label="", text=text, value=False, tooltip=tooltip)
