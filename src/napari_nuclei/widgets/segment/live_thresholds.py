"""Live thresholds: the labels of the last run follow the form's sliders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.segment.add_layers import add_run
from napari_nuclei.widgets.segment.in_memory import relabel, remeasure
from napari_nuclei.widgets.segment.layer_data import summary
from napari_nuclei.widgets.segment.relabel_layer import Tuner
from napari_nuclei.widgets.shared.worker import Failure, Job, Success, start_job

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import Index
    from napari_nuclei.core.maps import Labelled
    from napari_nuclei.widgets.segment.result import Done
    from napari_nuclei.widgets.shared.progress import Step

SETTLED = 400
"""Milliseconds without a change after which the nuclei are measured anew."""


class Retuner(QObject):  # type: ignore[misc]
    """Labels the last run anew in a thread, and draws what comes.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    owner : QWidget
        All ends with this widget.
    say : callable
        Is given what was found.
    """

    def __init__(
        self, viewer: napari.viewer.Viewer, owner: QWidget, say: Callable[[str], object]
    ) -> None:
        super().__init__(owner)
        self._viewer, self._owner, self._say = viewer, owner, say
        self._tuner: Tuner | None = None
        self._job: Job | None = None
        self._config: SegmentConfig | None = None
        self._labelled: dict[Index, Labelled] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLED)
        self._timer.timeout.connect(self._measure)

    @property
    def busy(self) -> bool:
        """Whether labels or their table are still to come."""
        return self._job is not None or self._timer.isActive()

    def take(self, tuner: Tuner) -> None:
        """Follow the form with this run from now on."""
        self.rest()
        if self._tuner is not None:
            self._tuner.release()
        self._tuner, self._config = tuner, tuner.run.config

    def showing(self, image: object) -> bool:
        """Whether what is said of a run belongs to an image."""
        return self._tuner is not None and self._tuner.image is image

    def forget(self, layer: object) -> None:
        """Let go of a run whose labels or image were removed, and of its maps."""
        tuner = self._tuner
        if tuner is not None and layer in (tuner.layer, tuner.image):
            self.rest()
            tuner.release()
            self._tuner = None

    def rest(self) -> None:
        """End what is under way."""
        self._timer.stop()
        job, self._job = self._job, None
        if job is not None:
            job.quit()

    def ask(self, config: SegmentConfig, image: object, model: str | None) -> None:
        """Label anew, if the form still says the image and the model of the run."""
        tuner = self._tuner
        if tuner is None or tuner.image is not image:
            return
        run = tuner.run
        if run.segmenter.card.name != model or config == self._config:
            return
        if not run.tunable:
            self._say("This image is too large for live thresholds; press Run.")
            return
        # The other settings were the network's, and need another run.
        config = replace(
            config,
            diameter=run.config.diameter,
            tile=run.config.tile,
            overlap=run.config.overlap,
        )
        self.rest()
        self._config = config
        if not tuner.ours:
            tuner = self._tuner = self._another(tuner)
        first = self._on_display(tuner)
        self._labelled = {}
        self._job = self._begin(
            lambda report: relabel(tuner.run, config, report, first),
            self._draw,
            self._drawn,
        )

    def _another(self, tuner: Tuner) -> Tuner:
        """Leave a layer to the user who has changed it, and make a new one."""
        tuner.release()
        empty = np.zeros_like(tuner.run.labels)
        run = replace(tuner.run, labels=empty, probability=None)
        return Tuner(run, add_run(self._viewer, run), tuner.image)

    def _on_display(self, tuner: Tuner) -> Index:
        layer = tuner.layer
        at = list(layer.world_to_data(self._viewer.dims.point[-layer.ndim :]))
        source = tuner.run.source
        if source.thick_axis is not None:
            del at[source.thick_axis]
        axes = source.layout.label_axes
        return tuple(
            round(float(value))
            for value, axis in zip(at, axes, strict=True)
            if axis not in "YX"
        )

    def _draw(self, step: Step) -> None:
        if self._tuner is not None and step.value is not None:
            place, found = step.value
            self._labelled[place] = found
            self._tuner.draw(place, found)
            nuclei = sum(int(one.labels.max()) for one in self._labelled.values())
            self._say("1 nucleus" if nuclei == 1 else f"{nuclei} nuclei")

    def _drawn(self, labelled: dict[Index, Labelled]) -> None:
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

    def _measured(self, planes: list[Done]) -> None:
        if self._tuner is not None and self._config is not None:
            self._tuner.finish(self._config, planes)
            self._say(summary(self._tuner.run))

    def _begin(
        self,
        work: Callable[..., object],
        on_step: Callable[[Step], None],
        finish: Callable[..., None],
    ) -> Job:
        def step(step: Step) -> None:
            if self._job is job:
                on_step(step)

        def give(outcome: Success | Failure) -> None:
            if self._job is not job:
                return
            self._job = None
            if isinstance(outcome, Failure):
                self._say(outcome.message)
            else:
                finish(outcome.value)

        job = start_job(
            work,
            self._owner,
            description=None,
            on_step=step,
            on_return=give,
            on_end=lambda: None,
        )
        return job
