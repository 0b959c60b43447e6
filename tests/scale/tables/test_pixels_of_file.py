from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.label_files import write_labels
from napari_nuclei.scale.tables.measure_files import measure_file
from napari_nuclei.scale.tables.pixels_of_file import (
    PixelsOfFile,
    check_pixel_size,
    check_position,
    split_channels,
)


@pytest.fixture
def labels(discs) -> NDArray[np.int32]:
    return discs((40, 60), [(10, 10, 6), (25, 40, 8)])


def pixels(size: float | None = 0.5, **origin: float) -> PixelsOfFile:
    return PixelsOfFile("a.tif", np.zeros((3, 4)), "YX", size, None, origin)


def test_files_fit_if_nothing_says_that_they_do_not() -> None:
    check_pixel_size(pixels(None), pixels(0.5))
    check_pixel_size(pixels(0.502), pixels(0.5))
    check_position(pixels(X=3.0), pixels())
    check_position(pixels(X=3.0), pixels(X=3.2))
    with pytest.raises(ValueError, match=r"pixels of 0\.51 µm, the labels"):
        check_pixel_size(pixels(0.51), pixels(0.5))
    with pytest.raises(ValueError, match="shifted by -4 µm along X"):
        check_position(pixels(X=-1.0), pixels(X=3.0))


def test_axes_are_put_in_the_order_of_the_labels() -> None:
    image = PixelsOfFile("i", np.arange(24).reshape(2, 3, 4), "CXY", None, None)
    found = split_channels("a", image, PixelsOfFile("l", np.zeros((4, 3)), "YX", 1, 1))
    assert list(found) == ["a_0", "a_1"]
    np.testing.assert_array_equal(found["a_1"], np.arange(12, 24).reshape(3, 4).T)


@pytest.mark.parametrize("suffix", ["geojson", "zip"])
def test_outlines_of_other_programs_are_measured(
    labels: NDArray[np.int32], tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    write_labels(labels, path)
    if suffix == "geojson":  # as QuPath saves it, without the size of the image
        features = json.loads(path.read_text())["features"]
        path.write_text(json.dumps({"features": features}))
    channels = np.stack([labels * 5, labels * 7]).astype(np.uint16)
    tifffile.imwrite(
        tmp_path / "c.tif", channels, imagej=True, metadata={"axes": "CYX"}
    )
    found = measure_file(path, {"c": tmp_path / "c.tif"})
    expected = measure(labels, {"c_0": channels[0], "c_1": channels[1]})
    pd.testing.assert_frame_equal(found, expected)
    if suffix == "geojson":
        with pytest.warns(ImageWarning, match="does not state the size of its image"):
            assert measure_file(path)["area"].tolist() == expected["area"].tolist()
