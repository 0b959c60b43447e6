"""One block of a large image: its place, and its result in a file of its own."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.blocks import BlockNuclei, Window, plan_blocks
from napari_nuclei.core.maps import Labels
from napari_nuclei.core.measure.nuclei import Columns
from napari_nuclei.io.lazy_images import import_extra

STRIPE_WIDTH = 6144
"""Width, in pixels, of the part of a plane that is done from top to bottom at once: the
tiles on the edge of a row of blocks are kept until the next row needs them."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a stack: the number of the plane and the window in it."""

    plane: int
    window: Window

    @property
    def file_name(self) -> str:
        """Name of the file with the block's result."""
        return f"{self.plane}-{self.window.top}-{self.window.left}.npz"


@dataclass(frozen=True, slots=True)
class BlockFailure:
    """A block that could not be segmented.

    Attributes
    ----------
    block : Block
    reason : str
    """

    block: Block
    reason: str

    def __str__(self) -> str:
        where = f"plane {self.block.plane}, " if self.block.plane else ""
        return f"{where}{self.block.window}: {self.reason}"


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What a block's file holds.

    Attributes
    ----------
    labels : ndarray of int32, shape (Y, X)
        Of the block without its margin, numbered in the block's own way.
    nuclei : BlockNuclei
        By the block's own numbers.
    table : dict of str to ndarray
        A row for each label that the block owns or shows.
    """

    labels: Labels
    nuclei: BlockNuclei
    table: Columns


def plan_stack(shape: tuple[int, int], planes: int, block: int) -> list[Block]:
    """Cut all planes of a stack into blocks.

    Those that share tiles follow soon on each other: the planes are done in stripes.

    Parameters
    ----------
    shape : tuple of int
        Height and width of a plane, in pixels.
    planes : int
    block : int
        Side of a block, in pixels.
    """
    stripe = max(1, STRIPE_WIDTH // block) * block
    windows = sorted(
        plan_blocks(shape, block), key=lambda w: (w.left // stripe, w.top, w.left)
    )
    return [Block(plane, window) for plane in range(planes) for window in windows]


def encode_block(result: BlockResult) -> bytes:
    """Return a block's result as the bytes of a file."""
    codec = import_extra("numcodecs").Blosc(cname="zstd", clevel=1)
    packed = np.frombuffer(codec.encode(result.labels), np.uint8)
    arrays: dict[str, Any] = {
        "labels": packed,
        "shape": np.array(result.labels.shape),
        "keys": result.nuclei.keys,
        "owned": result.nuclei.owned,
        "cut": result.nuclei.cut,
    }
    arrays |= {f"table_{name}": values for name, values in result.table.items()}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def read_block(path: Path, *, labels: bool = True) -> BlockResult:
    """Read a block's file; without `labels`, they are left empty."""
    codec = import_extra("numcodecs").Blosc()
    with np.load(path) as file:
        shown = np.zeros((0, 0), np.int32)
        if labels:
            unpacked = np.frombuffer(codec.decode(file["labels"]), np.int32)
            shown = unpacked.reshape(file["shape"])
        names = [name for name in file.files if name.startswith("table_")]
        table = {name.removeprefix("table_"): file[name] for name in names}
        nuclei = BlockNuclei(file["keys"], file["owned"], file["cut"])
        return BlockResult(shown, nuclei, table)
