from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.io.checks.contiguous_pixels import ContiguousPixels
from napari_nuclei.io.readers import open_image

SHAPE = (3, 5, 7, 2)
PIXELS = np.arange(np.prod(SHAPE), dtype=">u2").reshape(SHAPE)


def item(length: int) -> st.SearchStrategy[Any]:
    return st.integers(-length, length - 1) | st.slices(length)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("pixels") / "a.bin"
    path.write_bytes(b"header" + PIXELS.tobytes())
    pixels = ContiguousPixels(path, 6, SHAPE, ">u2")
    yield pixels
    pixels.close()


@given(index=st.tuples(*map(item, SHAPE)), count=st.integers(0, 4))
def test_any_part_is_that_of_the_array(
    stored: ContiguousPixels, index: tuple[Any, ...], count: int
) -> None:
    found = stored[index[:count]]
    np.testing.assert_array_equal(found, PIXELS[index[:count]])
    assert found.dtype == np.dtype("u2")
    np.testing.assert_array_equal(stored[..., index[3]], PIXELS[..., index[3]])


def test_few_bytes_are_read_at_once(stored: ContiguousPixels, monkeypatch: Any) -> None:
    runs: list[int] = []
    read = ContiguousPixels._read_into

    def count(self: ContiguousPixels, row: Any, offset: int) -> None:
        runs.append(row.nbytes)
        read(self, row, offset)

    monkeypatch.setattr(ContiguousPixels, "_read_into", count)
    for index, expected in [
        ((), [PIXELS.nbytes]),
        ((1,), [PIXELS[1].nbytes]),
        ((1, slice(2, 4)), [2 * 7 * 2 * 2]),
        ((1, slice(2, 4), slice(1, 5)), [4 * 2 * 2] * 2),
        ((slice(0), slice(2, 4)), []),
    ]:
        runs.clear()
        assert stored[index].shape == PIXELS[index].shape
        assert runs == expected


@pytest.mark.parametrize("byteorder", "<>")
def test_a_tiff_that_is_cut_short_while_it_is_open_is_an_error(
    tmp_path: Path, byteorder: Any
) -> None:
    path = tmp_path / "a.tif"
    pixels = np.arange(2_000_000, dtype=np.uint16).reshape(1000, 2000)
    tifffile.imwrite(path, pixels, byteorder=byteorder)
    image = open_image(path)
    assert isinstance(image.pixels, ContiguousPixels)
    np.testing.assert_array_equal(
        image.pixels[400:900, 100:200], pixels[400:900, 100:200]
    )
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(OSError, match=r"a\.tif is cut short: some pixels are missing"):
        image.pixels[400:900, 100:200]
    image.close()
