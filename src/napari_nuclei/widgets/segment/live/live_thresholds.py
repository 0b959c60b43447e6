"""Live thresholds: the labels of the last run follow the form's sliders."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QWidget
from superqt.utils import qdebounced

from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.core.measure.counts import describe_count
from napari_nuclei.widgets.segment.add_layers import add_result_layers
from napari_nuclei.widgets.segment.in_memory import relabel, remeasure
from napari_nuclei.widgets.segment.joining.join_slices import RejoinedRun, rejoin
from napari_nuclei.widgets.segment.layer_data import format_summary
from napari_nuclei.widgets.segment.live.relabel_layer import RelabelLayer
from napari_nuclei.widgets.segment.runs.run_layer import displayed_plane
from napari_nuclei.widgets.shared.worker import Worker

if TYPE_CHECKING:
    import napari.viewer

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.maps import FilteredLabels
    from napari_nuclei.widgets.segment.result import MeasuredPlane
    from napari_nuclei.widgets.shared.thread_progress import Progress

MEASURE_DELAY_MS = 400
"""Time without a change after which the nuclei are measured, in milliseconds."""


class LiveThresholds(QObject):  # type: ignore[misc]
    """Label the last run again in a thread when a threshold changes.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    owner : QWidget
        The dock; the work ends when it is destroyed.
    show_message : callable
        Called with a summary of the new labels.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        owner: QWidget,
        show_message: Callable[[str], object],
    ) -> None:
        super().__init__(owner)
        self._viewer, self._show_message = viewer, show_message
        self._note = ""
        self._target: RelabelLayer | None = None
        self._config: SegmentConfig | None = None
        self._labelled: dict[PlaneIndex, FilteredLabels] = {}
        self._relabel_worker = Worker(owner)
        self._relabel_worker.progressed.connect(self._draw_plane)
        self._relabel_worker.finished.connect(self._on_relabelled)
        self._relabel_worker.failed.connect(show_message)
        self._measure_worker = Worker(owner)
        self._measure_worker.finished.connect(self._update_table)
        self._measure_worker.failed.connect(show_message)
        self._measure_soon = qdebounced(self._measure, timeout=MEASURE_DELAY_MS)
        self._measurement: Future[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether the labels or their table are not up to date yet."""
        pending = self._measurement is not None and not self._measurement.done()
        return pending or self._relabel_worker.running or self._measure_worker.running

    def follow(self, target: RelabelLayer) -> None:
        """Apply changes of the form to this run from now on."""
        self.cancel_pending()
        if self._target is not None:
            self._target.detach()
        self._target, self._config = target, target.run.config
        self._note = ""

    def belongs_to(self, image: object) -> bool:
        """Return whether the last run is of this image, so that its message applies."""
        return self._target is not None and self._target.image is image

    def summary_of(self, image: object) -> str:
        """Return the summary of the last run if it is of this image, or nothing."""
        target = self._target
        if target is None or target.image is not image:
            return ""
        return format_summary(target.run) + self._note

    def forget(self, layer: object) -> None:
        """Release a run and its maps if this layer is its labels or its image."""
        target = self._target
        if target is not None and layer in (target.layer, target.image):
            self.cancel_pending()
            target.detach()
            self._target = None

    def cancel_pending(self) -> None:
        """Cancel labelling and measuring."""
        if self._measurement is not None:
            self._measure_soon.cancel()
            self._measurement.cancel()
        self._relabel_worker.cancel()
        self._measure_worker.cancel()

    def request_relabel(
        self, config: SegmentConfig, image: object, model: str | None
    ) -> None:
        """Label again if the form shows the image and the model of the run."""
        target = self._target
        if target is None or target.image is not image:
            return
        run = target.run
        # Whether slices are joined and nuclei tracked is decided when Run is pressed.
        config = replace(
            config,
            join=run.config.join,
            track=run.config.track,
            frame_interval=run.config.frame_interval,
        )
        if run.segmenter.card.name != model or config == self._config:
            return
        if run.tracked is not None:
            self._show_message("Tracks do not follow the thresholds. Press Run.")
            return
        if not run.has_all_maps:
            self._show_message(
                "This image is too large for live thresholds. Press Run."
            )
            return
        # A change of these settings needs another run: the network has used them.
        config = replace(
            config,
            diameter=run.config.diameter,
            correct=run.config.correct,
            tile=run.config.tile,
            overlap=run.config.overlap,
            numbering=run.config.numbering,
        )
        self.cancel_pending()
        self._config = config
        if not target.is_unedited:
            target = self._target = self._replace_target(target)
        first = displayed_plane(self._viewer, target.layer, target.run.source)
        self._labelled = {}
        self._relabel_worker.start(
            lambda report: relabel(target.run, config, report, first)
        )

    def _replace_target(self, target: RelabelLayer) -> RelabelLayer:
        """Hide an edited layer, and return a new one for the same run."""
        target.detach()
        empty = np.zeros_like(target.run.labels)
        run = replace(target.run, labels=empty, probability=None)
        run.kept = run.prediction = None
        layer = add_result_layers(self._viewer, run)
        # Below the new labels, the edited ones would look like nuclei of the new ones.
        target.layer.visible = False
        self._note = (
            f'\n"{target.layer.name}" with your corrections is hidden and not changed; '
            f'the sliders change "{layer.name}"'
        )
        return RelabelLayer(run, layer, target.image)

    def _draw_plane(self, step: Progress) -> None:
        if self._target is not None and step.value is not None:
            plane_index, filtered = step.value
            self._labelled[plane_index] = filtered
            self._target.draw_plane(plane_index, filtered)
            nuclei = sum(len(labelled.areas) for labelled in self._labelled.values())
            stack = self._target.run.stack_of_outlines
            self._show_message(describe_count(nuclei, stack) + self._note)

    def _on_relabelled(self, labelled: dict[PlaneIndex, FilteredLabels]) -> None:
        self._labelled = labelled
        self._measurement = self._measure_soon()

    def _measure(self) -> None:
        target, labelled, config = self._target, self._labelled, self._config
        if target is not None and config is not None and joins_slices(config):
            self._measure_worker.start(
                lambda report: rejoin(target.run, labelled, config, report)
            )
        elif target is not None:
            self._measure_worker.start(
                lambda report: remeasure(target.run, labelled, report)
            )

    def _update_table(self, planes: list[MeasuredPlane] | RejoinedRun) -> None:
        if self._target is not None and self._config is not None:
            if isinstance(planes, RejoinedRun):
                self._target.draw_joined(planes)
                planes = planes.planes
            self._target.update_table(self._config, planes)
            self._show_message(format_summary(self._target.run) + self._note)
