from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import ome_zarr.writer
import pytest
import tifffile
import zarr
from numpy.typing import NDArray

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.readers import open_image
from napari_nuclei.scale.large import segment_large


def test_labels_have_a_pyramid_and_the_pixel_size(
    tmp_path: Path, segmenter: Segmenter
) -> None:
    image = np.zeros((300, 2500), np.uint8)
    image[100:116, 1200:1216] = 200
    result = segment_large(
        image, tmp_path / "out.zarr", model=segmenter, block=512, pixel_size=0.5
    )
    group = zarr.open_group(result.labels, mode="r")
    (multiscale,) = group.attrs["ome"]["multiscales"]
    assert [axis["name"] for axis in multiscale["axes"]] == ["y", "x"]
    assert {axis["unit"] for axis in multiscale["axes"]} == {"micrometer"}
    scales = [
        level["coordinateTransformations"][0]["scale"]
        for level in multiscale["datasets"]
    ]
    assert scales == [[0.5, 0.5], [1.0, 1.0], [2.0, 2.0]]
    assert group.attrs["ome"]["image-label"] is not None
    labels = group["0"][:]
    assert labels.dtype == np.uint32 and labels.max() == 1
    for level, step in enumerate((1, 2, 4)):
        np.testing.assert_array_equal(group[str(level)][:], labels[::step, ::step])
    root = zarr.open_group(tmp_path / "out.zarr", mode="r")
    assert root["labels"].attrs["ome"]["labels"] == ["nuclei"]


@pytest.mark.parametrize("stated", [None, 0.3], ids=["image's size", "user's size"])
def test_labels_have_the_spacing_and_origin_of_their_image(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8], stated: float | None
) -> None:
    group = zarr.open_group(tmp_path / "in.zarr", mode="w", zarr_format=3)
    group.create_array("0", data=np.stack([image] * 2)[:, np.newaxis])
    moves = [
        {"type": "scale", "scale": [2.0, 1.0, 0.5, 0.25]},
        {"type": "translation", "translation": [10.0, 0.0, 3.0, -4.0]},
    ]
    ome_zarr.writer.write_multiscales_metadata(
        group,
        [{"path": "0", "coordinateTransformations": moves}],
        axes=["t", "c", "y", "x"],
        axes_units={"t": "second", "y": "micrometer", "x": "micrometer"},
    )
    with closing(open_image(tmp_path / "in.zarr")) as opened:
        assert opened.pixel_size is None  # the sides of a pixel differ
    result = segment_large(
        tmp_path / "in.zarr", tmp_path / "out.zarr", model=segmenter, pixel_size=stated
    )
    (multiscale,) = zarr.open_group(result.labels).attrs["ome"]["multiscales"]
    (level,) = multiscale["datasets"]
    if stated is None:
        assert level["coordinateTransformations"] == [
            {"type": "scale", "scale": [2.0, 0.5, 0.25]},
            {"type": "translation", "translation": [10.0, 3.0, -4.0]},
        ]
        units = [axis["unit"] for axis in multiscale["axes"]]
        assert units == ["second", "micrometer", "micrometer"]
    else:
        scale, start = level["coordinateTransformations"]
        assert scale["scale"] == [2.0, stated, stated]
        assert start["translation"] == [10.0, 0.0, 0.0]


@pytest.mark.parametrize("ome", [False, True], ids=["imagej", "ome"])
def test_labels_of_a_tiff_stack_state_the_distance_of_planes(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8], ome: bool
) -> None:
    said: dict[str, Any] = {"axes": "ZYX", "unit": "um", "spacing": 0.7}
    if ome:
        said = {"axes": "ZYX", "PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5}
        said |= {"PhysicalSizeZ": 700, "PhysicalSizeZUnit": "nm"}
    path = tmp_path / ("in.ome.tif" if ome else "in.tif")
    tifffile.imwrite(
        path,
        np.stack([image] * 2),
        imagej=not ome,
        metadata=said,
        resolution=(2, 2),
    )
    result = segment_large(path, tmp_path / "out.zarr", model=segmenter)
    (multiscale,) = zarr.open_group(result.labels).attrs["ome"]["multiscales"]
    (move,) = multiscale["datasets"][0]["coordinateTransformations"]
    assert move["scale"] == pytest.approx([0.7, 0.5, 0.5])
    assert {axis["unit"] for axis in multiscale["axes"]} == {"micrometer"}
