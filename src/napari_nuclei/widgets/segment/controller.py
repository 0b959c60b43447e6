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

from napari_nuclei.widgets.segment.add_layers import add_run
from napari_nuclei.widgets.segment.block_preview import PreviewLayer
from napari_nuclei.widgets.segment.blockwise import BlockRun
from napari_nuclei.widgets.segment.in_memory import Segmenters, segment_source
from napari_nuclei.widgets.segment.layer_data import summary
from napari_nuclei.widgets.segment.result import Run, part_of_run
from napari_nuclei.widgets.shared.progress import Report, Step
from napari_nuclei.widgets.shared.single_worker import OneJob
from napari_nuclei.widgets.shared.status import Notice

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.layers.image_source import Source


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is to do, as the form said when Run was pressed.

    Attributes
    ----------
    image : napari.layers.Image
    source : Source
        What of the image is taken.
    model : Path
        Folder of the model.
    config : SegmentConfig
    folder : Path, optional
        Where the labels of a large image are kept; None for a run in memory.
    preview_pose : callable
        Says where labels lie that have one pixel for so many of the image, a side.
    painted : bool
        The diameter is that of nuclei painted in the image: it is not doubted.
    outlines, probability, centroids : bool
        Further results.
    """

    image: napari.layers.Image
    source: Source
    model: Path
    config: SegmentConfig
    folder: Path | None
    preview_pose: Callable[[int], dict[str, Any]]
    painted: bool = False
    outlines: bool = False
    probability: bool = False
    centroids: bool = False


class RunControl:
    """Begins and ends runs, one at a time, and adds what they give as layers.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    owner : QWidget
        All ends with this widget.
    notice : Notice
    segmenters : Segmenters
    changed : callable
        Is told whether a job is under way, when one begins and when it ends.
    finished : callable
        Is given a run, its layer of labels and its image.
    measure_again : callable
        Sets the diameter to auto and runs again.

    Attributes
    ----------
    jobs : OneJob
    image : napari.layers.Image, optional
        Of the run that is under way.
    under_way : Run or BlockRun, optional
        What it has found so far.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        owner: QWidget,
        notice: Notice,
        segmenters: Segmenters,
        *,
        changed: Callable[[bool], object],
        finished: Callable[[Run, napari.layers.Labels, napari.layers.Image], object],
        measure_again: Callable[[], object],
    ) -> None:
        self._viewer, self._notice, self._segmenters = viewer, notice, segmenters
        self._changed, self._finished = changed, finished
        self._measure_again = measure_again
        self._on_disk = threading.Lock()
        self._order: Order | None = None
        self._preview: PreviewLayer | None = None
        self.image: napari.layers.Image | None = None
        self.under_way: Run | BlockRun | None = None
        self.jobs = OneJob(owner, notice, self._job_changed)

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self.jobs.job is not None

    def start(self, order: Order) -> None:
        """Start a run in a thread."""
        source = order.source
        if order.folder is None:
            self._start(order, partial(self._in_memory, order))
            return
        blocks = BlockRun(
            source,
            order.model,
            order.config,
            order.folder,
            self._segmenters,
            self._on_disk,
        )
        # Now, for the form may say another image when blocks are kept after a cancel.
        blocks.pose = order.preview_pose(blocks.preview.step)
        self._start_blocks(order, blocks, blocks)

    def stop(self) -> None:
        """End the run, if there is one; offer to keep what is done."""
        under_way, image = self.under_way, self.image
        if not self.running:
            return
        self.jobs.stop()
        self._notice.say("Cancelled")
        if isinstance(under_way, BlockRun):
            self._offer_blocks(under_way)
        elif under_way is not None and image is not None:
            self._offer_planes(under_way)

    def _start(
        self,
        order: Order,
        work: Callable[[Report], Run],
        on_step: Callable[[Step], object] = lambda step: None,
    ) -> None:
        self._order = order
        self.jobs.start(
            work,
            f"Nuclei of {order.source.name}",
            lambda run: self._finish(run, order),
            on_step,
        )
        self.image = order.image

    def _in_memory(self, order: Order, report: Report) -> Run:
        def begun(run: Run) -> None:
            if self._order is order:  # called in the thread; only a name is set
                self.under_way = run

        return segment_source(
            order.source,
            order.model,
            order.config,
            report,
            segmenters=self._segmenters,
            probability=order.probability,
            begun=begun,
        )

    def _start_blocks(
        self, order: Order, blocks: BlockRun, work: Callable[[Report], Run]
    ) -> None:
        preview = PreviewLayer(
            self._viewer,
            blocks.preview,
            order.source,
            f"{order.source.name} (so far)",
            blocks.pose,
        )
        self._start(order, work, lambda step: preview.show())
        self.under_way, self._preview = blocks, preview

    def _offer_planes(self, run: Run) -> None:
        part, order = part_of_run(run), self._order
        if part is None or order is None:
            return
        done, total = len(part.planes), len(list(run.source.layout.planes()))
        self._notice.say(f"Cancelled after {done} of {total} planes")
        self._notice.suggest(
            f"Keep the {done} planes that are done", lambda: self._finish(part, order)
        )

    def _offer_blocks(self, blocks: BlockRun) -> None:
        order = self._order
        if not blocks.done or order is None:
            return
        self._notice.say(
            f"Cancelled after {blocks.done} of {blocks.total} blocks; Run goes on from "
            "there."
        )
        work = partial(blocks, finish_only=True)
        self._notice.suggest(
            f"Keep the {blocks.done} blocks that are done",
            lambda: self._start_blocks(order, blocks, work),
        )

    def _finish(self, run: Run, order: Order) -> None:
        layer = add_run(
            self._viewer, run, outlines=order.outlines, centroids=order.centroids
        )
        self._finished(run, layer, order.image)
        self._notice.say(summary(run))
        if run.misfit is not None and not order.painted:
            self._warn(run)
        elif run.stored is not None:
            folder = QUrl.fromLocalFile(str(run.stored.table.parent))
            self._notice.suggest(
                "Open the folder", lambda: QDesktopServices.openUrl(folder)
            )

    def _warn(self, run: Run) -> None:
        known = run.config.diameter_in_pixels(run.source.pixel_size)
        if known == "native":
            known = run.segmenter.card.diameter
        self._notice.say(
            f"{summary(run)}\nThe nuclei look about {run.misfit:.0f} px wide, far from "
            f"the {float(known):.0f} px that the model was told."
        )
        self._notice.suggest("Measure the diameter and run again", self._measure_again)

    def _job_changed(self, running: bool) -> None:
        if not running:
            preview, self._preview = self._preview, None
            self.image = self.under_way = None
            if preview is not None:
                preview.close()
        self._changed(running)
