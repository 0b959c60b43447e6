"""Live thresholds: the labels of the last run follow the form's sliders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.segment.add_layers import add_result_layers
from napari_nuclei.widgets.segment.in_memory import relabel, remeasure
from napari_nuclei.widgets.segment.layer_data import format_summary
from napari_nuclei.widgets.segment.relabel_layer import RelabelLayer
from napari_nuclei.widgets.shared.worker import (
    Worker,
    WorkerFailure,
    WorkerSuccess,
    start_worker,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.maps import FilteredLabels
    from napari_nuclei.widgets.segment.result import MeasuredPlane
    from napari_nuclei.widgets.shared.progress import Progress

MEASURE_DELAY_MS = 400
"""Milliseconds without a change after which the nuclei are measured anew."""


class LiveThresholds(QObject):  # type: ignore[misc]
    """Labels the last run anew in a thread, and draws what comes.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    owner : QWidget
        All ends with this widget.
    show_message : callable
        Is given what was found.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        owner: QWidget,
        show_message: Callable[[str], object],
    ) -> None:
        super().__init__(owner)
        self._viewer, self._owner, self._show_message = viewer, owner, show_message
        self._tuner: RelabelLayer | None = None
        self._job: Worker | None = None
        self._config: SegmentConfig | None = None
        self._labelled: dict[PlaneIndex, FilteredLabels] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(MEASURE_DELAY_MS)
        self._timer.timeout.connect(self._measure)

    @property
    def busy(self) -> bool:
        """Whether labels or their table are still to come."""
        return self._job is not None or self._timer.isActive()

    def take(self, tuner: RelabelLayer) -> None:
        """Follow the form with this run from now on."""
        self.cancel_pending()
        if self._tuner is not None:
            self._tuner.detach()
        self._tuner, self._config = tuner, tuner.run.config

    def showing(self, image: object) -> bool:
        """Whether what is said of a run belongs to an image."""
        return self._tuner is not None and self._tuner.image is image

    def forget(self, layer: object) -> None:
        """Let go of a run whose labels or image were removed, and of its maps."""
        tuner = self._tuner
        if tuner is not None and layer in (tuner.layer, tuner.image):
            self.cancel_pending()
            tuner.detach()
            self._tuner = None

    def cancel_pending(self) -> None:
        """End what is under way."""
        self._timer.stop()
        worker, self._job = self._job, None
        if worker is not None:
            worker.quit()

    def ask(self, config: SegmentConfig, image: object, model: str | None) -> None:
        """Label anew, if the form still says the image and the model of the run."""
        tuner = self._tuner
        if tuner is None or tuner.image is not image:
            return
        run = tuner.run
        if run.segmenter.card.name != model or config == self._config:
            return
        if not run.maps_kept:
            self._show_message(
                "This image is too large for live thresholds; press Run."
            )
            return
        # The other settings were the network's, and need another run.
        config = replace(
            config,
            diameter=run.config.diameter,
            tile=run.config.tile,
            overlap=run.config.overlap,
        )
        self.cancel_pending()
        self._config = config
        if not tuner.is_unedited:
            tuner = self._tuner = self._another(tuner)
        first = self._on_display(tuner)
        self._labelled = {}
        self._job = self._begin(
            lambda report: relabel(tuner.run, config, report, first),
            self._draw,
            self._drawn,
        )

    def _another(self, tuner: RelabelLayer) -> RelabelLayer:
        """Leave a layer to the user who has changed it, and make a new one."""
        tuner.detach()
        empty = np.zeros_like(tuner.run.labels)
        run = replace(tuner.run, labels=empty, probability=None)
        return RelabelLayer(run, add_result_layers(self._viewer, run), tuner.image)

    def _on_display(self, tuner: RelabelLayer) -> PlaneIndex:
        layer = tuner.layer
        at = list(layer.world_to_data(self._viewer.dims.point[-layer.ndim :]))
        source = tuner.run.source
        if source.labels_channel_axis is not None:
            del at[source.labels_channel_axis]
        axes = source.layout.label_axes
        return tuple(
            round(float(value))
            for value, axis in zip(at, axes, strict=True)
            if axis not in "YX"
        )

    def _draw(self, step: Progress) -> None:
        if self._tuner is not None and step.value is not None:
            place, found = step.value
            self._labelled[place] = found
            self._tuner.draw_plane(place, found)
            nuclei = sum(int(one.labels.max()) for one in self._labelled.values())
            self._show_message("1 nucleus" if nuclei == 1 else f"{nuclei} nuclei")

    def _drawn(self, labelled: dict[PlaneIndex, FilteredLabels]) -> None:
        self._labelled = labelled
        self._timer.start()

    def _measure(self) -> None:
        tuner, labelled = self._tuner, self._labelled
        if tuner is not None:
            self._job = self._begin(
                lambda report: remeasure(tuner.run, labelled, report),
                lambda step: None,
                self._measured,
            )

    def _measured(self, planes: list[MeasuredPlane]) -> None:
        if self._tuner is not None and self._config is not None:
            self._tuner.finish(self._config, planes)
            self._show_message(format_summary(self._tuner.run))

    def _begin(
        self,
        work: Callable[..., object],
        on_step: Callable[[Progress], None],
        finish: Callable[..., None],
    ) -> Worker:
        def step(step: Progress) -> None:
            if self._job is worker:
                on_step(step)

        def give(outcome: WorkerSuccess | WorkerFailure) -> None:
            if self._job is not worker:
                return
            self._job = None
            if isinstance(outcome, WorkerFailure):
                self._show_message(outcome.message)
            else:
                finish(outcome.value)

        worker = start_worker(
            work,
            self._owner,
            description=None,
            on_step=step,
            on_return=give,
            on_end=lambda: None,
        )
        return worker
