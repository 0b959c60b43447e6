"""Runs of the Segment widget: begun, cancelled, and shown as layers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.segment.add_layers import add_result_layers
from napari_nuclei.widgets.segment.block_preview import BlockPreviewLayer
from napari_nuclei.widgets.segment.blockwise import BlockwiseRun
from napari_nuclei.widgets.segment.in_memory import SegmenterCache, segment_in_memory
from napari_nuclei.widgets.segment.layer_data import format_summary
from napari_nuclei.widgets.segment.result import RunResult, completed_part
from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback
from napari_nuclei.widgets.shared.single_worker import SingleWorker
from napari_nuclei.widgets.shared.status import StatusPanel

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.layers.image_source import ImageSource


@dataclass(frozen=True, slots=True)
class SegmentRequest:
    """What a run is to do, as the form said when Run was pressed.

    Attributes
    ----------
    image : napari.layers.Image
    source : ImageSource
        What of the image is taken.
    model : Path
        Folder of the model.
    config : SegmentConfig
    folder : Path, optional
        Where the labels of a large image are kept; None for a run in memory.
    preview_transform : callable
        Says where labels lie that have one pixel for so many of the image, a side.
    diameter_from_labels : bool
        The diameter is that of nuclei painted in the image: it is not doubted.
    outlines, probability, centroids : bool
        Further results.
    """

    image: napari.layers.Image
    source: ImageSource
    model: Path
    config: SegmentConfig
    folder: Path | None
    preview_transform: Callable[[int], dict[str, Any]]
    diameter_from_labels: bool = False
    outlines: bool = False
    probability: bool = False
    centroids: bool = False


class RunController:
    """Begins and ends runs, one at a time, and adds what they give as layers.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    owner : QWidget
        All ends with this widget.
    status_panel : StatusPanel
    segmenter_cache : SegmenterCache
    changed : callable
        Is told whether a job is under way, when one begins and when it ends.
    on_finished : callable
        Is given a run, its layer of labels and its image.
    measure_again : callable
        Sets the diameter to auto and runs again.

    Attributes
    ----------
    workers : SingleWorker
    image : napari.layers.Image, optional
        Of the run that is under way.
    current_run : RunResult or BlockwiseRun, optional
        What it has found so far.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        owner: QWidget,
        status_panel: StatusPanel,
        segmenter_cache: SegmenterCache,
        *,
        changed: Callable[[bool], object],
        on_finished: Callable[
            [RunResult, napari.layers.Labels, napari.layers.Image], object
        ],
        measure_again: Callable[[], object],
    ) -> None:
        self._viewer, self._notice, self._segmenters = (
            viewer,
            status_panel,
            segmenter_cache,
        )
        self._changed, self._finished = changed, on_finished
        self._measure_again = measure_again
        self._on_disk = threading.Lock()
        self._request: SegmentRequest | None = None
        self._preview: BlockPreviewLayer | None = None
        self.image: napari.layers.Image | None = None
        self.current_run: RunResult | BlockwiseRun | None = None
        self.workers = SingleWorker(owner, status_panel, self._job_changed)

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self.workers.worker is not None

    def start(self, request: SegmentRequest) -> None:
        """Start a run in a thread."""
        source = request.source
        if request.folder is None:
            self._start(request, partial(self._in_memory, request))
            return
        blocks = BlockwiseRun(
            source,
            request.model,
            request.config,
            request.folder,
            self._segmenters,
            self._on_disk,
        )
        # Now, for the form may say another image when blocks are kept after a cancel.
        blocks.transform = request.preview_transform(blocks.preview.step)
        self._start_blocks(request, blocks, blocks)

    def stop(self) -> None:
        """End the run, if there is one; offer to keep what is done."""
        current_run, image = self.current_run, self.image
        if not self.running:
            return
        self.workers.stop()
        self._notice.show_message("Cancelled")
        if isinstance(current_run, BlockwiseRun):
            self._offer_blocks(current_run)
        elif current_run is not None and image is not None:
            self._offer_planes(current_run)

    def _start(
        self,
        request: SegmentRequest,
        work: Callable[[ProgressCallback], RunResult],
        on_step: Callable[[Progress], object] = lambda step: None,
    ) -> None:
        self._request = request
        self.workers.start(
            work,
            f"Nuclei of {request.source.name}",
            lambda run: self._finish(run, request),
            on_step,
        )
        self.image = request.image

    def _in_memory(
        self, request: SegmentRequest, report: ProgressCallback
    ) -> RunResult:
        def on_start(run: RunResult) -> None:
            if self._request is request:  # called in the thread; only a name is set
                self.current_run = run

        return segment_in_memory(
            request.source,
            request.model,
            request.config,
            report,
            segmenter_cache=self._segmenters,
            probability=request.probability,
            on_start=on_start,
        )

    def _start_blocks(
        self,
        request: SegmentRequest,
        blocks: BlockwiseRun,
        work: Callable[[ProgressCallback], RunResult],
    ) -> None:
        preview = BlockPreviewLayer(
            self._viewer,
            blocks.preview,
            request.source,
            f"{request.source.name} (so far)",
            blocks.transform,
        )
        self._start(request, work, lambda step: preview.redraw())
        self.current_run, self._preview = blocks, preview

    def _offer_planes(self, run: RunResult) -> None:
        part, request = completed_part(run), self._request
        if part is None or request is None:
            return
        done, total = len(part.planes), len(list(run.source.layout.plane_indices()))
        self._notice.show_message(f"Cancelled after {done} of {total} planes")
        self._notice.offer_action(
            f"Keep the {done} planes that are done", lambda: self._finish(part, request)
        )

    def _offer_blocks(self, blocks: BlockwiseRun) -> None:
        request = self._request
        if not blocks.done or request is None:
            return
        self._notice.show_message(
            f"Cancelled after {blocks.done} of {blocks.total} blocks; Run goes on from "
            "there."
        )
        work = partial(blocks, finish_only=True)
        self._notice.offer_action(
            f"Keep the {blocks.done} blocks that are done",
            lambda: self._start_blocks(request, blocks, work),
        )

    def _finish(self, run: RunResult, request: SegmentRequest) -> None:
        layer = add_result_layers(
            self._viewer, run, outlines=request.outlines, centroids=request.centroids
        )
        self._finished(run, layer, request.image)
        self._notice.show_message(format_summary(run))
        if run.misfit is not None and not request.diameter_from_labels:
            self._warn(run)
        elif run.on_disk is not None:
            folder = QUrl.fromLocalFile(str(run.on_disk.table.parent))
            self._notice.offer_action(
                "Open the folder", lambda: QDesktopServices.openUrl(folder)
            )

    def _warn(self, run: RunResult) -> None:
        known = run.config.diameter_in_pixels(run.source.pixel_size)
        if known == "native":
            known = run.segmenter.card.diameter
        self._notice.show_message(
            f"{format_summary(run)}\nThe nuclei look about {run.misfit:.0f} px wide, "
            "far from "
            f"the {float(known):.0f} px that the model was told."
        )
        self._notice.offer_action(
            "Measure the diameter and run again", self._measure_again
        )

    def _job_changed(self, running: bool) -> None:
        if not running:
            preview, self._preview = self._preview, None
            self.image = self.current_run = None
            if preview is not None:
                preview.close()
        self._changed(running)
