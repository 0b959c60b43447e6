from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.io.checks.checked_pixels import CheckedPixels, TolerantPixels


class Damaged:
    """An array of which reading some pixels raises an error, a number of times."""

    def __init__(
        self,
        pixels: NDArray[Any],
        bad: NDArray[Any],
        error: Exception,
        times: int = 999,
    ) -> None:
        self.pixels, self.bad, self.error, self.times = pixels, bad, error, times
        self.shape, self.dtype = pixels.shape, pixels.dtype

    def __getitem__(self, index: Any) -> NDArray[Any]:
        if self.times and self.bad[index].any():
            self.times -= 1
            raise self.error
        return self.pixels[index]


PIXELS = np.arange(3 * 1100 * 700, dtype=np.uint16).reshape(3, 1100, 700)
BAD = np.zeros(PIXELS.shape, bool)
BAD[1, 600, 650] = True


@pytest.mark.parametrize(
    "error", [zlib.error("x"), KeyError("x"), IndexError("x"), AssertionError()]
)
def test_any_error_of_a_decoder_is_one_that_a_block_recovers_from(
    error: Exception,
) -> None:
    damaged = CheckedPixels(Damaged(PIXELS, BAD, error))
    with pytest.raises(ValueError, match=rf"cannot be read \({type(error).__name__}"):
        damaged[1]
    assert np.array_equal(damaged[0], PIXELS[0])


def test_a_usual_error_is_not_changed() -> None:
    damaged = CheckedPixels(Damaged(PIXELS, BAD, OSError("the disk is busy")))
    with pytest.raises(OSError, match="the disk is busy"):
        damaged[:]


def test_statistics_read_all_but_the_damaged_pieces() -> None:
    tolerant = TolerantPixels(Damaged(PIXELS, BAD, zlib.error("x")))
    np.testing.assert_array_equal(tolerant[0], PIXELS[0])
    assert not tolerant.damaged
    found = tolerant[1, 100:, :690]
    assert tolerant.damaged
    same = found == PIXELS[1, 100:, :690]
    assert not same[412:924, 512:].all()
    same[412:924, 512:] = True
    assert same.all()
    assert (found[412:924, 512:] == found[500, 600]).all()
    assert PIXELS[1].min() < found[500, 600] < PIXELS[1].max()


@pytest.mark.parametrize("chunks", [(1, 0, 0), ((3,), (1100,), (700,)), None])
def test_chunks_without_a_size_do_not_matter(chunks: Any) -> None:
    damaged = Damaged(PIXELS, BAD, zlib.error("x"))
    damaged.chunks = chunks  # type: ignore[attr-defined]
    assert (TolerantPixels(damaged)[1] != PIXELS[1]).sum() <= 512 * 512


def test_pieces_are_the_chunks_of_the_image() -> None:
    damaged = Damaged(PIXELS, BAD, zlib.error("x"))
    damaged.chunks = (1, 100, 70)  # type: ignore[attr-defined]
    found = TolerantPixels(damaged)[1]
    assert (found != PIXELS[1]).sum() <= 100 * 70
    assert (found[600:700, 630:] != PIXELS[1, 600:700, 630:]).any()


def test_an_error_that_does_not_return_changes_nothing() -> None:
    tolerant = TolerantPixels(Damaged(PIXELS, BAD, OSError("busy"), times=1))
    np.testing.assert_array_equal(tolerant[1], PIXELS[1])
    assert not tolerant.damaged


def test_an_image_of_which_no_pixel_can_be_read_is_an_error() -> None:
    with pytest.raises(OSError, match="the disk is gone"):
        TolerantPixels(Damaged(PIXELS, BAD | True, OSError("the disk is gone")))[0]
