"""The section "Improve the model" of the Correct dock: train on the corrections."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from magicgui.widgets import CheckBox, PushButton

from napari_nuclei.core.errors import format_error
from napari_nuclei.model.user_models import set_preferred_model
from napari_nuclei.widgets.correct.improve_request import make_improve_request
from napari_nuclei.widgets.shared.fold import Fold
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.worker import Worker
from napari_nuclei.widgets.train.job import (
    TrainedModel,
    TrainRequest,
    format_outcome,
    run_training,
)
from napari_nuclei.widgets.train.segment_with_model import segment_with_model

if TYPE_CHECKING:
    from napari_nuclei.widgets.correct.correct_widget import CorrectWidget

CANCELLED = "Cancelled. The model is unchanged."


class ImproveSection(Fold):
    """Train on what was corrected, then segment again with the new model.

    Parameters
    ----------
    dock : CorrectWidget

    Attributes
    ----------
    all_checked : CheckBox
        Whether everything in the corrected layers is right.
    start_button, cancel_button : PushButton
    status_panel : StatusPanel
    worker : Worker
    """

    def __init__(self, dock: CorrectWidget) -> None:
        self._dock = dock
        self._request: TrainRequest | None = None
        self.all_checked = CheckBox(
            name="all_checked",
            label="",
            text="Everything is checked",
            tooltip="Tick this if the corrected images have no errors left. Then the "
            "model is trained on all nuclei and on the background, which improves it "
            "most. Otherwise it is trained only on what you corrected or accepted.",
        )
        self.start_button = PushButton(
            text="Improve the model",
            tooltip="Train the model on your corrections for about 90 seconds. The "
            "result is a new model; the old one stays as it is.",
        )
        self.cancel_button = PushButton(
            text="Cancel", tooltip="End the training; no model is saved."
        )
        self.status_panel = StatusPanel()
        super().__init__(
            "Improve the model",
            [self.all_checked],
            "Train the model on your corrections, and segment again.",
            [self.start_button, self.cancel_button],
        )
        # Over the whole width: the result of a training run is several lines long.
        self.controls.extend(self.status_panel.controls)
        self.worker = Worker(dock.native)
        self.status_panel.follow(self.worker)
        self.worker.finished.connect(self._finish)
        self.worker.failed.connect(self.status_panel.show_message)
        self.worker.running_changed.connect(self._show_running)
        self.start_button.changed.connect(self.start)
        self.cancel_button.changed.connect(self.cancel)
        self._show_running(False)

    def start(self) -> None:
        """Start training in a child process; show a message if it cannot start."""
        if self.worker.running:
            return
        dock = self._dock
        try:
            request = make_improve_request(
                dock.viewer, dock.session.layer, all_checked=self.all_checked.value
            )
        except (OSError, TypeError, ValueError) as error:
            self.status_panel.show_message(format_error(error))
            return
        self._request = request
        self.worker.start(
            lambda report: run_training(request, threading.Event(), report),
            f"the training of {request.name}",
        )

    def cancel(self) -> None:
        """End the training without a model."""
        if self.worker.running:
            self.worker.cancel()
            self.status_panel.show_message(CANCELLED)

    def segment_again(self, trained: TrainedModel) -> None:
        """Run the new model on the corrected image, and keep corrected nuclei."""
        image = None if self._request is None else self._request.image
        if image is None or image not in self._dock.viewer.layers:
            self.status_panel.show_message("The corrected image is no longer open.")
            return
        segment_with_model(
            self._dock.viewer, image, trained.name, None, keep_corrected=True
        )

    def _finish(self, trained: TrainedModel) -> None:
        comparison = trained.comparison
        if comparison is not None and comparison.is_better:
            set_preferred_model(trained.name)
        self.status_panel.show_message(format_outcome(trained))
        self.status_panel.offer_action(
            f"Segment again with {trained.name}",
            lambda: self.segment_again(trained),
        )
        self.status_panel.action_button.tooltip = (
            f"Find nuclei with {trained.name}; corrected nuclei are kept."
        )

    def _show_running(self, running: bool) -> None:
        self.status_panel.show_running(running)
        self.start_button.enabled = self.all_checked.enabled = not running
        self.cancel_button.enabled = running
