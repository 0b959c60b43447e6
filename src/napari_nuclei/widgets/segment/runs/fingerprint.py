"""Identify the image of a run, so that a later run can continue it; without Qt."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.widgets.layers.lazy_crop import LazyCrop
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_nuclei.widgets.layers.image_source import ImageSource


def fingerprint_image(source: ImageSource, report: ProgressCallback) -> str:
    """Return a text that identifies an image, and its values if it is in memory.

    Parameters
    ----------
    source : ImageSource
    report : callable
        Called with a `Progress` now and then; raising ends the work.
    """
    data = source.data.data if isinstance(source.data, LazyCrop) else source.data
    words = [source.path, source.choice, source.box, source.layout, data.dtype]
    if isinstance(data, np.ndarray):
        words.append(checksum(data, report))
    else:  # a dask array's name identifies its content, a zarr store its location
        words += [getattr(data, "name", ""), getattr(data, "store", "")]
    return " ".join(map(str, words))


def checksum(data: NDArray[Any], report: ProgressCallback) -> int:
    """Return a CRC-32 checksum of the values of an array."""
    crc = 0
    for values in split_array(data):
        crc = zlib.crc32(np.ascontiguousarray(values).data, crc)
        report(Progress(0, 0))
    return crc


def split_array(data: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield an array in parts of about 32 MB, cut along its first axis."""
    count = max(1, data.nbytes >> 25)
    yield from np.array_split(data, min(count, len(data)))
