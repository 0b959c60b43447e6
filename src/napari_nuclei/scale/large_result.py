"""The result of an image that was segmented block by block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.scale.block import BlockFailure


@dataclass(frozen=True, slots=True)
class LargeResult:
    """Result of segmenting a large image.

    Attributes
    ----------
    labels : Path
        The OME-Zarr labels.
    table : Path, optional
        Table with a row for every nucleus.
    nuclei : int
        Number of labels in all planes.
    blocks, resumed : int
        Number of all blocks, and of the blocks that an earlier run had finished.
    failed : tuple of BlockFailure
        Failed blocks. They are empty in the labels; another run tries them again.
    truncated : int
        Parts of nuclei that are longer than the margin, so blocks may cut them.
    seconds : float
        Time the run took.
    scale : float
        Network scale: the image was resized by this factor.
    missing_blocks : int
        Number of blocks that are empty in the labels: failed blocks, and blocks that
        did not run because the run was finished early.
    notes, stack
        As of `Segmentation`.
    """

    labels: Path
    table: Path | None
    nuclei: int
    blocks: int
    resumed: int
    failed: tuple[BlockFailure, ...]
    truncated: int
    seconds: float
    scale: float
    missing_blocks: int
    notes: tuple[str, ...] = ()
    stack: str = ""
