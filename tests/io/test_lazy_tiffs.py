from __future__ import annotations

import pickle
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.io.readers import open_image

STACK = np.random.default_rng(0).integers(0, 4000, (3, 32, 48)).astype(np.uint16)


@pytest.mark.parametrize(
    "options", [{}, {"tile": (16, 16), "compression": "zlib"}], ids=["plain", "tiles"]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_parts_of_a_min_is_white_tiff_are_inverted(
    tmp_path: Path, options: dict[str, Any], dtype: type[np.unsignedinteger[Any]]
) -> None:
    truth: NDArray[Any] = STACK.astype(dtype)
    path = tmp_path / "white.tif"
    stored = np.iinfo(dtype).max - truth
    tifffile.imwrite(path, stored, photometric="miniswhite", **options)
    with closing(open_image(path)) as image:
        assert (image.pixels.shape, image.pixels.dtype) == (truth.shape, dtype)
        np.testing.assert_array_equal(image.pixels[1, 4:20, 8:40], truth[1, 4:20, 8:40])
        again = pickle.loads(pickle.dumps(image))
        with closing(again):
            np.testing.assert_array_equal(again.pixels[2], truth[2])


def test_the_note_of_a_size_of_print_reaches_the_lazy_image(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        STACK[0],
        resolution=(28.35, 28.35),
        resolutionunit="CENTIMETER",
    )
    with closing(open_image(tmp_path / "a.tif")) as image:
        assert image.pixel_size is None
        assert len(image.notes) == 1
