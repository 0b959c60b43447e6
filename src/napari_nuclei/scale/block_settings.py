"""How images are segmented block by block: a large image, or the fields of a plate."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.stated_calibration import check_calibration
from napari_nuclei.core.tracking.segmented_movie import check_blockwise
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.ome_zarr_labels import LABELS_NAME
from napari_nuclei.io.zarr_images import spacing_of_slices
from napari_nuclei.scale.label_store import LabelStore, plan_label_store

BLOCK_SIZE = 1024
"""Side of a block, in pixels. A larger block needs memory that grows with the square of
its side; a smaller one spends more time on margins."""

MIN_BLOCK_SIZE = 64
"""Smallest side of a block, in pixels."""


@dataclass(frozen=True, slots=True)
class BlockSettings:
    """The arguments that `segment_large` and `segment_plate` share.

    Attributes
    ----------
    config : SegmentConfig
    into_image, labels_name, ome_version
        Where the labels are written.
    axes, channel, pixel_size, z_spacing, max_pixels
        How the image is read.
    block, margin
        How the image is cut into blocks.
    workers, scheduler
        What runs the blocks.

    Raises
    ------
    TypeError, ValueError
        If blocks are too small, nuclei are to be tracked, or axes or sizes fit no
        image.
    """

    config: SegmentConfig
    into_image: bool = False
    labels_name: str = LABELS_NAME
    ome_version: str | None = None
    axes: str | None = None
    channel: int | str | None = None
    pixel_size: float | None = None
    z_spacing: float | None = None
    max_pixels: int = MAX_PIXELS
    block: int = BLOCK_SIZE
    margin: int | None = None
    workers: int | None = None
    scheduler: Any = None

    def __post_init__(self) -> None:
        check_calibration(self.axes, self.pixel_size, self.z_spacing)
        check_blockwise(self.config)
        if self.block < MIN_BLOCK_SIZE:
            raise ValueError(
                f"block must be at least {MIN_BLOCK_SIZE} pixels; got {self.block}"
            )

    def with_sizes_of(self, image: LazyImage) -> BlockSettings:
        """Return settings with the sizes that an image states, unless they are set."""
        pixel_size, z_spacing = self.pixel_size, self.z_spacing
        return replace(
            self,
            pixel_size=image.pixel_size if pixel_size is None else pixel_size,
            z_spacing=spacing_of_slices(image) if z_spacing is None else z_spacing,
        )

    def plan_store(
        self, image: LazyImage, destination: str | Path | None
    ) -> LabelStore:
        """Choose the store of the labels of an image; see `plan_label_store`."""
        return plan_label_store(
            image, destination, self.into_image, self.labels_name, self.ome_version
        )

    def as_record(self) -> dict[str, Any]:
        """Return the settings that decide the results or the files of the blocks."""
        return {
            "pixel_size": self.pixel_size,
            "z_spacing": self.z_spacing,
            "config": asdict(self.config),
            "block": self.block,
            "margin": self.margin,
        }
