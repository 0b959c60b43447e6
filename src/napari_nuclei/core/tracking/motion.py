"""Predict where nuclei are in the next frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tracking.frame_nuclei import Floats, Ints

MEMORY = 0.8
"""Weight of the earlier frames against the last one, in the estimate of motion."""

MIN_LINKS = 5
"""Smallest number of nuclei from whose displacements steadiness is estimated."""


CORRELATION_SIDE = 256
"""About the side of shrunk frames in which the common shift is measured, in pixels."""

MIN_CORRELATION = 0.4
"""Lowest correlation of two shifted frames, 0 to 1, for the shift to count."""

MIN_GAIN = 0.1
"""Smallest gain in correlation by the shift, 0 to 1, for the shift to count."""


class MotionModel:
    """Predict the displacement of nuclei from their last displacement.

    Nuclei that migrate move on as before; nuclei that jitter do not. `common_shift`
    measures the displacement that all nuclei share. Of the last displacement, the model
    predicts the fraction, 0 to 1, that was repeated in earlier frames.

    Parameters
    ----------
    n_axes : int
        2 for positions (Y, X), 3 for (Z, Y, X).

    Attributes
    ----------
    steadiness : float
        Fraction of a displacement that is repeated.
    drift : ndarray of float64, shape (axes,)
        Median displacement between the last two frames.
    """

    def __init__(self, n_axes: int) -> None:
        self.drift: Floats = np.zeros(n_axes)
        self._repeated = 0.0
        self._squared = 0.0
        self._links = 0.0
        self._last: Floats = np.full((0, n_axes), np.nan)

    @property
    def steadiness(self) -> float:
        """Fraction of a displacement that is repeated in the next frame, 0 to 1."""
        if self._links < MIN_LINKS or self._squared <= 0:
            return 0.0
        return float(np.clip(self._repeated / self._squared, 0, 1))

    def predict(self, positions: Floats, shift: Floats) -> Floats:
        """Return the expected positions in the next frame.

        Parameters
        ----------
        positions : ndarray of float64, shape (n, axes)
            Positions in the frame that `update` was called for last.
        shift : ndarray of float64, shape (axes,)
            Common displacement of all nuclei until the next frame.
        """
        if len(self._last) != len(positions):  # the first frame
            return positions + shift
        return positions + shift + self.steadiness * np.nan_to_num(self._last)

    def update(self, before: Floats, after: Floats, links: Ints) -> None:
        """Update the estimates with the links of two frames.

        Parameters
        ----------
        before : ndarray of float64, shape (n, axes)
            Positions in the earlier frame.
        after : ndarray of float64, shape (m, axes)
            Positions in the later frame.
        links : ndarray of int64, shape (m,)
            Index in `before` of each nucleus of `after`, or -1.
        """
        linked = links >= 0
        displacements = np.full(after.shape, np.nan)
        displacements[linked] = after[linked] - before[links[linked]]
        self.drift = np.zeros_like(self.drift)
        if linked.any():
            self.drift = np.median(displacements[linked], axis=0)
        displacements -= self.drift
        if len(self._last) == len(before):
            earlier = self._last[links[linked]]
            later = displacements[linked]
            both = ~np.isnan(earlier).any(axis=1)
            self._repeated *= MEMORY
            self._squared *= MEMORY
            self._links *= MEMORY
            self._repeated += float((earlier[both] * later[both]).sum())
            self._squared += float((earlier[both] ** 2).sum())
            self._links += int(both.sum())
        self._last = displacements


def common_shift(
    before: NDArray[np.integer], after: NDArray[np.integer]
) -> tuple[int, int]:
    """Return how far all nuclei moved between two frames, along Y and X, in pixels.

    The masks are correlated. The result is (0, 0) if no shift makes them clearly more
    alike, as when each nucleus moves its own way.

    Parameters
    ----------
    before, after : ndarray of int, shape (Y, X) or (Z, Y, X)
        Labels of the frames.

    Examples
    --------
    >>> frame = np.zeros((64, 64), int)
    >>> frame[10:20, 12:30] = 1
    >>> common_shift(frame, np.roll(frame, (5, -7), axis=(0, 1)))
    (5, -7)
    """
    step = max(1, round(max(before.shape[-2:]) / CORRELATION_SIDE))
    masks = [(frame > 0)[..., ::step, ::step] for frame in (before, after)]
    flat = [mask.any(axis=0) if mask.ndim == 3 else mask for mask in masks]
    first, second = (mask - mask.mean(dtype=np.float64) for mask in flat)
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    if not size:
        return 0, 0
    product = np.fft.rfft2(first).conj() * np.fft.rfft2(second)
    correlation = np.fft.irfft2(product, first.shape) / size
    peak = np.unravel_index(int(correlation.argmax()), correlation.shape)
    height = float(correlation[peak])
    shift = [
        int(index if index <= side // 2 else index - side)
        for index, side in zip(peak, first.shape, strict=True)
    ]
    if height < MIN_CORRELATION or height < correlation[0, 0] + MIN_GAIN:
        return 0, 0
    return shift[0] * step, shift[1] * step


def overlapping_parts(
    before: NDArray[np.integer], after: NDArray[np.integer], shift: tuple[int, int]
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return the parts of two frames that show the same nuclei after a shift.

    Parameters
    ----------
    before, after : ndarray of int, of the same shape
        Labels of the frames.
    shift : tuple of int
        As returned by `common_shift`.

    Returns
    -------
    before, after : ndarray of int, of the same shape
        Views, in which a nucleus that moved by the shift has the same pixels.
    """
    for axis, step in zip((-2, -1), shift, strict=True):
        size = before.shape[axis]
        earlier = slice(max(0, -step), size - max(0, step))
        later = slice(max(0, step), size - max(0, -step))
        where = (..., earlier, slice(None)) if axis == -2 else (..., earlier)
        before = before[where]
        where = (..., later, slice(None)) if axis == -2 else (..., later)
        after = after[where]
    return before, after
