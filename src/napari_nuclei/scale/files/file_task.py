"""Segment one image of a run."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.files.file_settings import FileSettings
from napari_nuclei.scale.files.image_set import ImageSet
from napari_nuclei.scale.image_run import segment_to_paths
from napari_nuclei.scale.inputs import FileToSegment
from napari_nuclei.scale.output_paths import plan_output_paths
from napari_nuclei.scale.records.manifest import run_fingerprint
from napari_nuclei.scale.recoverable import WatchedProgress, describe_failure
from napari_nuclei.scale.tables.measure_segmented import describe_files

ENDS_RUN = (KeyboardInterrupt, GeneratorExit)
"""Errors that end the run. A decoder may raise any other one, even `SystemExit`."""


@dataclass(frozen=True, slots=True)
class FileTask:
    """All that is needed to segment any file of a run, here or on another machine."""

    segmenter: Segmenter
    formats: tuple[str, ...] | None = None
    settings: FileSettings = field(default_factory=FileSettings)
    diameter_from_first: bool = False

    def __call__(
        self, item: FileToSegment, progress: Progress | None = None
    ) -> FileResult:
        """Segment a file; return its result, or why there is none."""
        began = time.perf_counter()
        watched = WatchedProgress(progress)
        try:
            done = segment_to_paths(
                self.segmenter,
                item.path,
                plan_output_paths(
                    item.path,
                    item.destination,
                    self.formats,
                    item.stem,
                    table=self.settings.measurements is not None,
                ),
                self.settings,
                image_set=item.image_set,
                progress=watched,
            )
        except BaseException as error:  # the other files must get their results
            if watched.cancelled or isinstance(error, ENDS_RUN):
                raise
            return make_failed_result(item, describe_failure(error))
        seconds = time.perf_counter() - began
        segmentation = done.segmentation
        return FileResult(
            item.path,
            segmentation.count,
            seconds,
            done.written,
            notes=segmentation.notes,
            stack=segmentation.stack,
            count_range=segmentation.count_range,
            position=item.position,
            quality=segmentation.quality,
            flags=segmentation.flags,
            left_out=str(segmentation.dropped),
        )

    def as_record(self) -> dict[str, Any]:
        """Return the settings that decide the results, by name."""
        record = {"formats": self.formats, **self.settings.as_record()}
        if self.diameter_from_first:
            record["diameter_from_first"] = True
        return record

    def fingerprint(self, item: FileToSegment) -> str:
        """Return a text that changes with the files and with every setting."""
        settings = self.settings
        parts: list[Any] = [self.formats, settings.channel, settings.pixel_size]
        parts += [self.segmenter.card.as_dict(), asdict(settings.config)]
        if settings.axes is not None:
            parts.append(settings.axes)
        if settings.z_spacing is not None:
            parts.append(["z_spacing", settings.z_spacing])
        if settings.scene is not None:
            parts.append(["scene", settings.scene])
        if settings.measurements is not None:
            parts += describe_files(settings.measurements, item.path)
        if item.image_set is not None:
            parts.append(describe_set(item.image_set))
        return run_fingerprint(item.path, parts)


def make_failed_result(item: FileToSegment, reason: str) -> FileResult:
    """Return the result of a file that could not be segmented."""
    return FileResult(item.path, reason=reason, position=item.position)


def describe_set(image_set: ImageSet) -> list[object]:
    """Return what changes if a file of an image, or the reading of names, changes."""
    described: list[object] = [image_set.steps, image_set.position]
    for index, path in sorted(image_set.files.items()):
        try:
            state = path.stat()
            described.append([index, path.name, state.st_size, state.st_mtime_ns])
        except OSError:
            described.append([index, path.name])
    return described
