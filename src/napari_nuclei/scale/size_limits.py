"""Bound the blocks and chunks of a large image, from its metadata alone."""

from __future__ import annotations

from math import prod

from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.io.checks.pixel_limit import PixelLimitError
from napari_nuclei.io.lazy_images import LazyImage

MAX_BLOCKS = 1_000_000
"""Largest number of blocks of an image."""


def check_block_count(layout: PlaneLayout, block: int) -> None:
    """Raise ValueError if an image has too many blocks of this side, in pixels."""
    height, width = layout.plane_shape
    count = layout.plane_count * -(-height // block) * -(-width // block)
    if count > MAX_BLOCKS:
        raise ValueError(
            f"The image of shape {layout.label_shape} has {count:,} blocks of {block} "
            f"pixels, more than {MAX_BLOCKS:,}. Use larger blocks"
        )


def check_chunk_size(image: LazyImage, max_pixels: int) -> None:
    """Raise ValueError if a chunk of an image has too many pixels to be decoded."""
    chunks = getattr(image.pixels, "chunks", None) if image.path else None
    if chunks and prod(chunks) > max_pixels:
        raise PixelLimitError(
            f"{image.path} is stored in chunks of {prod(chunks):,} pixels, more than "
            f"the limit of {max_pixels:,}. Save it with smaller chunks, or raise the "
            "limit with --max-pixels (max_pixels=)"
        )
