"""Read pixels of which some may be damaged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.errors import format_error_kind

PIECE_SIZE = 512
"""Longest side, in pixels, of the pieces in which a damaged region is read, unless the
image has chunks."""

UNREADABLE_NOTE = (
    "Part of the image cannot be read. Contrast and diameter come from the rest."
)


class CheckedPixels:
    """Pixels whose reader raises only errors that a block may recover from.

    Decoders of damaged chunks raise almost anything.

    Parameters
    ----------
    pixels : array-like

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    ndim : int
    """

    def __init__(self, pixels: Any) -> None:
        self.shape: tuple[int, ...] = tuple(pixels.shape)
        self.dtype, self.ndim = pixels.dtype, len(self.shape)
        self._pixels = pixels

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Read a part; raise OSError, ValueError, RuntimeError or MemoryError."""
        try:
            return np.asarray(self._pixels[index])
        except (OSError, ValueError, RuntimeError, MemoryError, TypeError):
            raise
        except Exception as error:
            text = f"the pixels cannot be read ({format_error_kind(error)})"
            raise ValueError(text) from error


class TolerantPixels(CheckedPixels):
    """Pixels for statistics: a part that cannot be read gets the median of the rest.

    Attributes
    ----------
    damaged : bool
        Whether a part could not be read.
    """

    def __init__(self, pixels: Any) -> None:
        super().__init__(pixels)
        self.damaged = False

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Read a part; raise the error of the reader if no pixel of it can be read."""
        for last in (False, True):
            try:
                return super().__getitem__(index)
            except MemoryError:
                raise
            except Exception as error:
                if last:
                    found = self._read_in_pieces(index, error)
        self.damaged = True
        return found

    def _read_in_pieces(self, index: Any, error: Exception) -> NDArray[Any]:
        """Read all pieces of a region that can be read."""
        index = index if isinstance(index, tuple) else (index,)
        index = (*index, *[slice(None)] * (self.ndim - len(index)))
        spans = [
            range(length)[item] if isinstance(item, slice) else item
            for item, length in zip(index, self.shape, strict=True)
        ]
        shape = [len(span) for span in spans if isinstance(span, range)]
        found = np.zeros(shape, self.dtype)
        readable = np.zeros(shape, bool)
        for source, target in self._pieces(spans):
            try:
                found[target] = super().__getitem__(source)
            except MemoryError:
                raise
            except Exception:  # this piece is damaged
                continue
            readable[target] = True
        if not readable.any():
            raise error
        found[~readable] = np.median(found[readable]).astype(self.dtype)
        return found

    def _pieces(self, spans: list[Any]) -> Iterator[tuple[Any, Any]]:
        """Yield the index of each piece in the image and in the region."""
        chunks = getattr(self._pixels, "chunks", None) or [PIECE_SIZE] * self.ndim
        cuts: list[list[tuple[Any, Any]]] = []
        for span, chunk in zip(spans, chunks, strict=True):
            if not isinstance(span, range):
                cuts.append([(span, None)])
                continue
            # dask has a tuple for each axis, and damaged metadata may say 0
            size = chunk if isinstance(chunk, int) and chunk > 0 else PIECE_SIZE
            edges = [
                span.start,
                *range((span.start // size + 1) * size, span.stop, size),
            ]
            cuts.append(
                [
                    (slice(a, b), slice(a - span.start, b - span.start))
                    for a, b in zip(edges, [*edges[1:], span.stop], strict=True)
                ]
            )
        for piece in product(*cuts):
            yield (
                tuple(source for source, _ in piece),
                tuple(target for _, target in piece if target is not None),
            )
