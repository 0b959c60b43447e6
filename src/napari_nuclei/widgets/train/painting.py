"""What the Train dock does for painting: start it, and number what was painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.train.number_patches import (
    NUMBER_BUTTON,
    SharedNumberError,
    number_patches,
)
from napari_nuclei.widgets.train.start_painting import start_painting

if TYPE_CHECKING:
    import napari.viewer

    from napari_nuclei.widgets.train.train_form import TrainForm

HINT = (
    "Press Start painting and paint about ten nuclei, each with its own number "
    "(M takes the next). Then press Train."
)


class Painting:
    """Start painting, and number patches that share a number.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    form : TrainForm
        Its labels are set to the layer to paint in.
    status_panel : StatusPanel
    """

    def __init__(
        self, viewer: napari.viewer.Viewer, form: TrainForm, status_panel: StatusPanel
    ) -> None:
        self._viewer, self._form, self._panel = viewer, form, status_panel
        form.data.paint_button.changed.connect(self.start)

    def start(self) -> None:
        """Select a layer to paint in, with the brush; say how to paint."""
        data = self._form.data
        if data.image.value is None:
            self._panel.show_message("Open an image first.")
            return
        try:
            choice = data.short_axis.choice(data.image.value)
            layer = start_painting(
                self._viewer, data.image.value, data.labels.value, choice
            )
        except (OSError, TypeError, ValueError) as error:
            self._panel.show_message(format_error(error))
            return
        self._form.reset_choices()
        data.labels.value = layer
        self._panel.show_message(
            "Paint a nucleus as a whole, then press M for the next number. After about "
            "ten nuclei press Train."
        )

    def show_error(self, error: Exception) -> None:
        """Show why training cannot start; offer to number patches if that helps."""
        self._panel.show_message(format_error(error))
        if isinstance(error, SharedNumberError):
            self._panel.offer_action(NUMBER_BUTTON, lambda: self.number(error))

    def number(self, error: SharedNumberError) -> None:
        """Give each patch of the layer that an error names its own number."""
        background = self._form.data.background_label
        try:
            count = number_patches(error.layer, error.plane_axes, background)
        except (OSError, TypeError, ValueError) as failure:
            self._panel.show_message(format_error(failure))
            return
        self._panel.show_message(
            f"{count} patches of {error.layer.name} have a new number. Patches that "
            "touch each other are still one nucleus. Press Train."
        )
