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
from ome_zarr_models import open_ome_zarr, v04, v05

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.lazy_images import AxisCalibration
from napari_nuclei.io.ome_zarr_labels import OmeZarrLabelWriter, PyramidLevel
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
    assert multiscale["name"] == "nuclei"
    assert result.labels == tmp_path / "out.zarr"


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("axes", ["YX", "ZYX", "TYX", "TZYX"])
def test_the_top_is_a_valid_image_label(
    tmp_path: Path, version: str, axes: str
) -> None:
    shape = tuple({"T": 2, "Z": 3, "Y": 1500, "X": 70}[axis] for axis in axes)
    calibrations = {axis: AxisCalibration(0.5, 1.0) for axis in "ZYX"}
    writer = OmeZarrLabelWriter(
        tmp_path / "out.zarr", shape, axes, None, calibrations, version=version
    )
    index = (1, 2)[: len(axes) - 2] if axes != "ZYX" else (2,)
    labels = np.arange(700 * 70, dtype=np.uint32).reshape(700, 70)
    with writer:
        writer.write(index, Window(501, 1201, 0, 70), labels)
    group = zarr.open_group(tmp_path / "out.zarr", mode="r")
    assert open_ome_zarr(group, version=version).ome_zarr_version == version
    label = {"0.4": v04, "0.5": v05}[version].ImageLabel.from_zarr(group)
    attributes = label.attributes.ome if version == "0.5" else label.attributes
    assert len(attributes.multiscales[0].datasets) == 2
    assert attributes.image_label.colors is None
    np.testing.assert_array_equal(group["0"][index][501:1201], labels)
    assert group["0"][:].sum() == labels.sum()
    np.testing.assert_array_equal(group["1"][index], group["0"][index][::2, ::2])


def test_an_unknown_version_of_ome_zarr_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must be 0\.4 or 0\.5; got '0\.3'"):
        OmeZarrLabelWriter(tmp_path / "a.zarr", (9, 9), "YX", None, version="0.3")
    assert not (tmp_path / "a.zarr").exists()


def test_a_pyramid_may_shrink_planes_by_any_factor(tmp_path: Path) -> None:
    pixel, coarse = AxisCalibration(1.0), AxisCalibration(3.0)
    levels = [
        PyramidLevel((4, 10, 9), (pixel,) * 3),
        PyramidLevel((2, 4, 3), (AxisCalibration(2.0), coarse, coarse)),
    ]
    writer = OmeZarrLabelWriter(
        tmp_path / "a.zarr", (4, 10, 9), "ZYX", None, levels=levels
    )
    labels = np.arange(1, 361, dtype=np.uint32).reshape(4, 10, 9)
    with writer:
        for z in range(4):
            for window in (Window(0, 4, 0, 9), Window(4, 10, 0, 9)):
                writer.write((z,), window, labels[(z, *window.index)])
    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    np.testing.assert_array_equal(group["0"][:], labels)
    np.testing.assert_array_equal(group["1"][:], labels[::2, ::3, ::3])


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
