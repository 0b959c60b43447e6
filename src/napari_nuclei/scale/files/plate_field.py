"""Segment a field of a plate, and measure its quality."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.core.errors import format_error
from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.block_settings import BlockSettings
from napari_nuclei.scale.destination import get_partial_folder
from napari_nuclei.scale.large_result import LargeResult
from napari_nuclei.scale.large_run import run_large
from napari_nuclei.scale.records.field_quality import (
    assess_field,
    read_field_quality,
)
from napari_nuclei.scale.recoverable import RECOVERABLE_ERRORS
from napari_nuclei.scale.tables.other_channels import measure_other_channels
from napari_nuclei.scale.tables.plate_table import PlateTable


@dataclass(frozen=True, slots=True)
class FieldResult:
    """Result of segmenting a field of a plate.

    Attributes
    ----------
    path : str
        Path of the field in the plate, such as ``A/1/0``.
    result : LargeResult, optional
        None if the field failed, or if an earlier run segmented it.
    reason : str
        Why the field failed; empty if it did not.
    labels : Path, optional
        The labels of the field; None if there are none.
    quality : Quality, optional
        Focus, contrast and more in numbers, without those that only the network knows;
        None if the field failed or is too large.
    flags : tuple of str
        What to look at before using the nuclei, such as "out of focus".
    """

    path: str
    result: LargeResult | None
    reason: str = ""
    labels: Path | None = None
    quality: Quality | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldSegmenter:
    """Segments and measures the fields of a plate, one by one.

    Parameters
    ----------
    plate : Path
        A plate in OME-Zarr.
    segmenter : Segmenter
    settings : BlockSettings
    tables : PlateTable, optional
        Names the table of each field; None if no nuclei are measured.
    progress : callable, optional
        Called with (done, total) in blocks of the current field.
    """

    plate: Path
    segmenter: Segmenter
    settings: BlockSettings
    tables: PlateTable | None = None
    progress: Progress | None = None

    def __call__(self, field: str, labels: Path) -> FieldResult:
        """Segment a field, unless an earlier run has done so.

        Parameters
        ----------
        field : str
            Path of the field in the plate, such as ``A/1/0``.
        labels : Path
            Where the labels of the field are.

        Returns
        -------
        FieldResult
            With the reason in place of labels if the field failed.
        """
        if labels.exists() and not get_partial_folder(labels).exists():
            return field_result(field, None, labels)
        image = self.plate / field
        try:
            result = run_large(
                image,
                None if self.settings.into_image else labels,
                self.segmenter,
                self.settings,
                table=None if self.tables is None else self.tables.part_of(field),
                progress=self.progress,
            )
            if self.tables is not None:
                channels = measure_other_channels(
                    image,
                    result.labels,
                    axes=self.settings.axes,
                    channel=self.settings.channel,
                    joined=joins_slices(self.settings.config),
                )
                self.tables.complete_part(field, channels)
        except RECOVERABLE_ERRORS as error:
            return FieldResult(field, None, format_error(error))
        with suppress(*RECOVERABLE_ERRORS):  # the labels are good without it
            assess_field(
                image,
                result.labels,
                nuclei=result.nuclei,
                scale=result.scale,
                model_diameter=self.segmenter.card.diameter,
                axes=self.settings.axes,
                channel=self.settings.channel,
            )
        return field_result(field, result, result.labels)


def field_result(field: str, result: LargeResult | None, labels: Path) -> FieldResult:
    """Return the result of a field that has labels, with its quality.

    Parameters
    ----------
    field : str
    result : LargeResult, optional
        None if an earlier run segmented the field.
    labels : Path
    """
    reason = "" if result is None else "; ".join(map(str, result.failed))
    quality = None if reason else read_field_quality(labels)
    flags = () if quality is None else quality.flags
    return FieldResult(
        path=field,
        result=result,
        reason=reason,
        labels=labels,
        quality=quality,
        flags=flags,
    )
