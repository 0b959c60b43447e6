"""Start and cancel the runs of the Segment widget, and show their results."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QUrl, Signal
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.segment.add_layers import add_result_layers
from napari_nuclei.widgets.segment.block_preview import BlockPreviewLayer, PreviewBlock
from napari_nuclei.widgets.segment.blockwise import BlockwiseRun
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import format_summary
from napari_nuclei.widgets.segment.result import RunResult, completed_part
from napari_nuclei.widgets.segment.runs.earlier_results import hide_earlier_results
from napari_nuclei.widgets.segment.runs.finish_run import (
    finish_run,
    needs_joining,
    outlines_of,
)
from napari_nuclei.widgets.segment.runs.run_layer import RunLayer
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.thread_progress import Progress
from napari_nuclei.widgets.shared.worker import Worker, WorkFunction

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.segment.runs.request import SegmentRequest


class RunController(QObject):  # type: ignore[misc]
    """Run one request at a time, and add its results as layers.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    owner : QWidget
        The dock; a run ends when it is destroyed.
    status_panel : StatusPanel
    segmenter_cache : SegmenterCache

    Attributes
    ----------
    finished : Signal of (RunResult, napari.layers.Labels, napari.layers.Image)
    measure_requested : Signal of napari.layers.Image
        Emitted when the user accepts to measure the diameter and run again.
    worker : Worker
    image : napari.layers.Image, optional
        Image of the current run.
    current_run : RunResult or BlockwiseRun, optional
        What the current run has found so far.
    last_step : Progress
        The last step of the current run.
    """

    finished = Signal(object, object, object)
    measure_requested = Signal(object)

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        owner: QWidget,
        status_panel: StatusPanel,
        segmenter_cache: SegmenterCache,
    ) -> None:
        super().__init__(owner)
        self._viewer, self._status_panel = viewer, status_panel
        self._segmenters = segmenter_cache
        self._on_disk = threading.Lock()
        self._request: SegmentRequest | None = None
        self._preview: BlockPreviewLayer | None = None
        self._run_layer = RunLayer(viewer)
        self._interrupted: RunResult | BlockwiseRun | None = None
        self._joining_part = False
        self.image: napari.layers.Image | None = None
        self.current_run: RunResult | BlockwiseRun | None = None
        self.last_step = Progress(0, 0)
        self.worker = worker = Worker(owner)
        status_panel.follow(worker)
        worker.progressed.connect(self._on_progress)
        worker.finished.connect(self._on_finished)
        worker.failed.connect(self._on_failed)
        worker.running_changed.connect(self._on_running_changed)

    @property
    def running(self) -> bool:
        """Whether a run is in progress."""
        return self.worker.running

    def start(self, request: SegmentRequest) -> None:
        """Start a run in a thread."""
        self._run_layer = RunLayer(self._viewer, outlines=request.outlines)
        if request.folder is None:
            self._start(
                request,
                partial(
                    segment_in_memory,
                    request.source,
                    request.model,
                    request.config,
                    segmenter_cache=self._segmenters,
                    probability=request.probability,
                    corrections=request.corrections,
                ),
            )
            return
        blocks = BlockwiseRun(
            request.source,
            request.model,
            request.config,
            request.folder,
            self._segmenters,
            self._on_disk,
        )
        # Compute it now: after a cancel the form may show another image.
        blocks.transform = request.preview_transform(blocks.preview.downsampling)
        self._start_blocks(request, blocks, blocks)

    def stop(self) -> None:
        """Cancel the run, if any; keep its planes, or offer its blocks, that are done.

        Slices that are done are joined in a thread if the run joins slices. If this is
        cancelled too, they are kept as outlines.
        """
        if not self.running:
            return
        step, was_joining = self.last_step, self._joining_part
        self.worker.cancel()
        self._status_panel.show_message("Cancelled")
        if isinstance(self._interrupted, BlockwiseRun):
            self._offer_blocks(self._interrupted, step)
            return
        part, request = self._completed_part()
        if part is None or request is None:
            return
        if not needs_joining(part):
            self._show(part, request, stopped_note(part))
        elif part.is_complete or was_joining:
            self._keep_outlines(part, stopped_note(part))
        else:
            self._start(request, partial(finish_run, part))
            self.current_run, self._joining_part = part, True

    def _start(self, request: SegmentRequest, work: WorkFunction) -> None:
        self._request, self._interrupted = request, None
        self.worker.start(work, f"Nuclei of {request.source.name}")
        self.image = request.image

    def _start_blocks(
        self, request: SegmentRequest, blocks: BlockwiseRun, work: WorkFunction
    ) -> None:
        preview = BlockPreviewLayer(
            self._viewer,
            blocks.preview,
            request.source,
            f"{request.source.name} (so far)",
            blocks.transform,
        )
        self._start(request, work)
        self.current_run, self._preview = blocks, preview

    def _completed_part(self) -> tuple[RunResult | None, SegmentRequest | None]:
        """Return the planes that an interrupted run has shown in its layer."""
        run = self._interrupted
        if not isinstance(run, RunResult):
            return None, None
        self._run_layer.show(run)
        if not self._run_layer.is_shown:
            return None, None
        return completed_part(run), self._request

    def _keep_outlines(self, part: RunResult, message: str) -> None:
        """Keep slices that are not joined, without a table; say why."""
        layer = self._run_layer.layer
        add_result_layers(self._viewer, outlines_of(part), layer=layer)
        self._status_panel.show_message(f"{message}\nTheir slices are not joined.")

    def _offer_blocks(self, blocks: BlockwiseRun, step: Progress) -> None:
        request = self._request
        if not step.done or request is None:
            return
        self._status_panel.show_message(
            f"Cancelled after {step.done} of {step.total} blocks. "
            "Press Run to continue."
        )
        work = partial(blocks, finish_only=True)
        self._status_panel.offer_action(
            "Keep the finished blocks",
            lambda: self._start_blocks(request, blocks, work),
        )

    def _on_progress(self, step: Progress) -> None:
        self.last_step = step
        if isinstance(step.value, RunResult):
            self.current_run = step.value
            self._run_layer.show(step.value)
        elif isinstance(step.value, PreviewBlock) and self._preview is not None:
            self._preview.add_block(step.value)
        if self._preview is not None:
            self._preview.redraw()

    def _on_finished(self, run: RunResult) -> None:
        if self._request is not None:
            note = "" if run.is_complete else stopped_note(run)
            self._show(run, self._request, note)

    def _on_failed(self, message: str) -> None:
        part, request = self._completed_part()
        if part is None or request is None:
            self._status_panel.show_message(message)
        elif needs_joining(part):
            self._keep_outlines(part, f"{message}\n{stopped_note(part)}")
        else:
            self._show(part, request, f"{message}\n{stopped_note(part)}")

    def _on_running_changed(self, running: bool) -> None:
        self.last_step = Progress(0, 0)
        if running:
            return
        preview, self._preview = self._preview, None
        self._interrupted, self._joining_part = self.current_run, False
        self.image = self.current_run = None
        if preview is not None:
            preview.close()

    def _show(self, run: RunResult, request: SegmentRequest, note: str = "") -> None:
        layer = add_result_layers(
            self._viewer,
            run,
            layer=self._run_layer.layer,
            outlines=request.outlines,
            centroids=request.centroids,
        )
        self._run_layer = RunLayer(self._viewer)
        hidden = hide_earlier_results(self._viewer, layer)
        self.finished.emit(run, layer, request.image)
        lines = (note, format_summary(run), hidden)
        self._status_panel.show_message("\n".join(filter(None, lines)))
        if run.mismatched_diameter is not None and not request.diameter_from_labels:
            self._warn_about_diameter(run, run.mismatched_diameter, request.image)
        elif run.on_disk is not None:
            folder = QUrl.fromLocalFile(str(run.on_disk.table.parent))
            self._status_panel.offer_action(
                "Open the folder", lambda: QDesktopServices.openUrl(folder)
            )

    def _warn_about_diameter(
        self, run: RunResult, measured: float, image: napari.layers.Image
    ) -> None:
        diameter = run.config.diameter_in_pixels(run.source.pixel_size)
        if diameter == "native":
            diameter = run.segmenter.card.diameter
        self._status_panel.show_message(
            f"{format_summary(run)}\nThe nuclei look about {measured:.0f} px wide, "
            f"far from the {float(diameter):.0f} px that are set."
        )
        self._status_panel.offer_action(
            "Measure the diameter and run again",
            lambda: self.measure_requested.emit(image),
        )


def stopped_note(run: RunResult) -> str:
    """Return how many planes of a run that was stopped are done."""
    return f"Stopped: {len(run.planes)} of {run.plane_count} planes are done"
