from __future__ import annotations

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


@pytest.fixture
def labels(discs) -> NDArray[np.int32]:
    return discs((40, 60), [(10, 10, 6), (25, 40, 8)])


def test_channels_are_images_of_their_own(
    labels: NDArray[np.int32], tmp_path: Path, rng: np.random.Generator
) -> None:
    image = rng.integers(0, 900, (2, *labels.shape), np.uint16)
    write_labels(labels, tmp_path / "labels.tif", pixel_size=0.5)
    tifffile.imwrite(tmp_path / "c.tif", image, metadata={"axes": "CYX"})
    found = measure_file(tmp_path / "labels.tif", {"c": tmp_path / "c.tif"})
    images = {"c_0": image[0], "c_1": image[1]}
    expected = measure(labels, images, pixel_size=0.5)
    pd.testing.assert_frame_equal(found, expected)


def test_colours_and_the_spacing_of_slices_are_read(
    labels: NDArray[np.int32], tmp_path: Path
) -> None:
    volume = np.stack([labels] * 4)
    write_labels(volume, tmp_path / "v.tif", axes="ZYX", pixel_size=0.5, z_spacing=2.0)
    table = measure_file(tmp_path / "v.tif")
    expected = labels[labels == 1].size * 4 * 2.0 * 0.25
    assert table.loc[1, "volume_um3"] == pytest.approx(expected)
    write_labels(labels, tmp_path / "labels.png")
    rgb = np.zeros((*labels.shape, 3), np.uint8)
    rgb[..., 0] = 90
    tifffile.imwrite(tmp_path / "rgb.tif", rgb, photometric="rgb")
    table = measure_file(tmp_path / "labels.png", {"he": tmp_path / "rgb.tif"})
    assert table["he_mean"].tolist() == [30, 30]


def test_labels_and_images_in_ome_zarr_are_measured(
    labels: NDArray[np.int32], tmp_path: Path
) -> None:
    zarr = pytest.importorskip("zarr")
    zarr.save_array(tmp_path / "image.zarr", labels.astype(np.uint16) * 100)
    write_labels(labels, tmp_path / "labels.tif")
    table = measure_file(tmp_path / "labels.tif", {"a": tmp_path / "image.zarr"})
    assert table["a_mean"].tolist() == [100, 200]


def test_files_that_do_not_fit_are_refused_in_one_line(
    labels: NDArray[np.int32], tmp_path: Path
) -> None:
    write_labels(labels, tmp_path / "labels.tif")
    tifffile.imwrite(tmp_path / "small.tif", labels[:20].astype(np.uint8))
    with pytest.raises(
        ValueError, match=r"small\.tif and the labels differ: .* Y 20, X 60, .* Y 40"
    ):
        measure_file(tmp_path / "labels.tif", {"a": tmp_path / "small.tif"})
    tifffile.imwrite(tmp_path / "float.tif", labels.astype(np.float32) / 2)
    with pytest.raises(ValueError, match=r"float\.tif holds an image, not labels"):
        measure_file(tmp_path / "float.tif")
    tifffile.imwrite(tmp_path / "mask.tif", labels > 0)
    with pytest.raises(ValueError, match=r"mask of one bit\. Number the nuclei"):
        measure_file(tmp_path / "mask.tif")


def test_images_of_another_pixel_size_are_refused(
    labels: NDArray[np.int32], tmp_path: Path
) -> None:
    write_labels(labels, tmp_path / "labels.tif", pixel_size=0.5)
    write_labels(labels, tmp_path / "other.tif", pixel_size=0.6)
    files = (tmp_path / "labels.tif", {"a": tmp_path / "other.tif"})
    with pytest.raises(
        ValueError, match=r"other\.tif has pixels of 0\.6 µm, the labels .* 0\.5 µm"
    ):
        measure_file(*files)
    assert measure_file(*files, pixel_size=0.5)["a_mean"].tolist() == [1, 2]


def test_images_at_another_position_are_refused(
    labels: NDArray[np.int32], tmp_path: Path
) -> None:
    zarr = pytest.importorskip("zarr")
    axes = [{"name": n, "type": "space", "unit": "micrometer"} for n in "yx"]
    for name, first in (("near.zarr", 0.1), ("far.zarr", 7.0), ("l.zarr", 0.0)):
        place = [
            {"type": "scale", "scale": [0.5, 0.5]},
            {"type": "translation", "translation": [0.0, first]},
        ]
        levels = [{"path": "0", "coordinateTransformations": place}]
        group = zarr.open_group(tmp_path / name, mode="w")
        group.create_array("0", data=labels.astype(np.uint16))
        scales = [{"axes": axes, "datasets": levels}]
        ome = {"version": "0.5", "multiscales": scales}
        group.attrs["ome"] = ome | ({"image-label": {}} if name == "l.zarr" else {})
    table = measure_file(tmp_path / "l.zarr", {"a": tmp_path / "near.zarr"})
    assert table["a_mean"].tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"far\.zarr is shifted by 7 µm along X"):
        measure_file(tmp_path / "l.zarr", {"a": tmp_path / "far.zarr"})


def test_floats_of_whole_numbers_are_measured_as_labels(
    labels: NDArray[np.int32], tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "l.tif", labels.astype(np.float32))
    pd.testing.assert_frame_equal(measure_file(tmp_path / "l.tif"), measure(labels))


def test_a_mask_is_measured_with_a_warning(discs, tmp_path: Path) -> None:
    mask = discs((40, 60), [(10, 10, 6), (25, 40, 8), (10, 30, 5)]) > 0
    tifffile.imwrite(tmp_path / "m.tif", mask.astype(np.uint8) * 255)
    with pytest.warns(ImageWarning, match="m.tif may hold no labels. .* 3 separate"):
        assert len(measure_file(tmp_path / "m.tif")) == 1


def test_axes_that_a_file_does_not_name_are_named(
    labels: NDArray[np.int32], tmp_path: Path
) -> None:
    volume = np.stack([labels] * 5).astype(np.uint16)
    tifffile.imwrite(tmp_path / "v.tif", volume)
    tifffile.imwrite(tmp_path / "i.tif", volume * 7)
    images = {"i": tmp_path / "i.tif"}
    found = measure_file(tmp_path / "v.tif", images, axes="zyx")
    assert found["extent_z"].tolist() == [5, 5]
    assert found["i_mean"].tolist() == [7, 14]
    with pytest.raises(ValueError, match=r"v\.tif: axes must name each of the 3 axes"):
        measure_file(tmp_path / "v.tif", axes="YX")


def test_swapped_files_are_noticed(discs, tmp_path: Path) -> None:
    labels = discs((64, 64), [(n // 4 * 16 + 8, n % 4 * 16 + 8, 5) for n in range(16)])
    noise = np.random.default_rng(0).integers(0, 256, labels.shape, np.uint8)
    tifffile.imwrite(tmp_path / "labels.tif", labels.astype(np.uint8))
    tifffile.imwrite(tmp_path / "image.tif", noise)
    with pytest.warns(ImageWarning) as caught:
        measure_file(tmp_path / "image.tif", {"ki67": tmp_path / "labels.tif"})
    assert "Labels and image may be swapped" in str(caught[-1].message)
