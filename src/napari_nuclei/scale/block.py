"""One block of a large image, and the file of its result."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import BlockNuclei, Window, plan_blocks
from napari_nuclei.core.maps import Labels
from napari_nuclei.core.measure.columns import Columns
from napari_nuclei.io.optional_packages import import_extra

STRIPE_WIDTH = 6144
"""Width of a stripe, in pixels. A plane is segmented stripe by stripe, each from top to
bottom, so that tiles shared by two rows of blocks stay in the cache until the second
row needs them."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a stack.

    Attributes
    ----------
    plane : int
        Number of the plane, counted from 0.
    window : Window
        The pixels of the block, without its margin.
    """

    plane: int
    window: Window

    @property
    def file_name(self) -> str:
        """Name of the file of the block's result."""
        return f"{self.plane}-{self.window.top}-{self.window.left}.npz"


@dataclass(frozen=True, slots=True)
class BlockFailure:
    """A block that could not be segmented.

    Attributes
    ----------
    block : Block
    reason : str
        The message of the error.
    """

    block: Block
    reason: str

    def __str__(self) -> str:
        where = f"plane {self.block.plane}, " if self.block.plane else ""
        return f"{where}{self.block.window}: {self.reason}"


@dataclass(frozen=True, slots=True)
class BlockResult:
    """Content of a block's file.

    Attributes
    ----------
    labels : ndarray of int32, shape (Y, X)
        Labels of the block without its margin, numbered within the block.
    nuclei : BlockNuclei
        Keys of the nuclei, in the order of these numbers.
    table : dict of str to ndarray
        Columns with a row for each nucleus that the block owns or shows; only their
        labels if nothing is measured.
    foreground : ndarray of uint8, shape (Y, X), optional
        Foreground probability inside the labels, 0 to 255; only of a run whose slices
        are joined, because joined nuclei are measured at the end.
    """

    labels: Labels
    nuclei: BlockNuclei
    table: Columns
    foreground: NDArray[np.uint8] | None = None


def plan_stack(shape: tuple[int, int], planes: int, block: int) -> list[Block]:
    """Cut all planes of a stack into blocks.

    Blocks that share tiles are close to each other in the list; see `STRIPE_WIDTH`.

    Parameters
    ----------
    shape : tuple of int
        Height and width of a plane, in pixels.
    planes : int
        Number of planes.
    block : int
        Side of a block, in pixels.

    Returns
    -------
    list of Block
        Plane after plane.
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
    if result.foreground is not None:
        packed = np.frombuffer(codec.encode(result.foreground), np.uint8)
        arrays["foreground"] = packed
    arrays |= {f"table_{name}": values for name, values in result.table.items()}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def read_block(path: Path, *, labels: bool = True) -> BlockResult:
    """Read a block's file.

    Parameters
    ----------
    path : Path
    labels : bool
        Decode the labels; otherwise they have the shape (0, 0), and there is no
        foreground.
    """
    codec = import_extra("numcodecs").Blosc()
    # NumPy leaves a damaged file open that it has opened itself.
    with path.open("rb") as content, np.load(content) as file:
        decoded, foreground = np.zeros((0, 0), np.int32), None
        if labels:
            unpacked = np.frombuffer(codec.decode(file["labels"]), np.int32)
            decoded = unpacked.reshape(file["shape"])
        if labels and "foreground" in file:
            values = np.frombuffer(codec.decode(file["foreground"]), np.uint8)
            foreground = values.reshape(file["shape"])
        names = [name for name in file.files if name.startswith("table_")]
        table = {name.removeprefix("table_"): file[name] for name in names}
        nuclei = BlockNuclei(file["keys"], file["owned"], file["cut"])
        return BlockResult(decoded, nuclei, table, foreground)


def is_complete_block(path: Path, block: Block, *, measured: bool = False) -> bool:
    """Return whether a block has a file that can be read.

    A power loss, or a disk that is full or fails, may leave a file without content.

    Parameters
    ----------
    path : Path
    block : Block
    measured : bool
        Whether the nuclei must have been measured.
    """
    try:
        result = read_block(path)
    except Exception:  # damaged bytes make the decoders raise almost anything
        return False
    complete = result.labels.shape == block.window.shape
    return complete and (len(result.table) > 1 or not measured)
