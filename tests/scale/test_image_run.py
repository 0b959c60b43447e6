from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.tiff_writer import encode_image_tiff
from napari_nuclei.io.writers import find_writers
from napari_nuclei.scale.image_run import segment_file
from napari_nuclei.scale.inputs import exclude_results, find_images

ALL = ("labels", "csv", "overlay")


@pytest.mark.parametrize("kind", ["ImageJ", "OME"])
def test_labels_state_the_distance_of_planes(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8], kind: str
) -> None:
    stack, path = np.stack([image] * 3), tmp_path / "a.tif"
    if kind == "ImageJ":
        metadata: dict[str, Any] = {"axes": "ZYX", "unit": "um", "spacing": 0.7}
        tifffile.imwrite(path, stack, imagej=True, resolution=(4, 4), metadata=metadata)
    else:
        metadata = {"axes": "ZYX", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.25}
        metadata |= {"PhysicalSizeZ": 700, "PhysicalSizeZUnit": "nm"}
        tifffile.imwrite(path, stack, ome=True, metadata=metadata)
    segment_file(path, tmp_path / "out", model=segmenter)
    found = read_image(tmp_path / "out" / "a_labels.tif")
    assert (found.axes, found.pixel_size) == ("ZYX", pytest.approx(0.25))
    assert found.z_spacing == pytest.approx(0.7)


def test_edited_labels_are_not_replaced(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", image)
    (path,) = segment_file(tmp_path / "a.tif", tmp_path, model=segmenter).written
    segment_file(
        tmp_path / "a.tif", tmp_path, model=segmenter
    )  # the file is its own and may be replaced
    corrected = tifffile.imread(path)
    corrected[:9] = 7
    for content in (None, b"notes"):
        path.write_bytes(content) if content else tifffile.imwrite(path, corrected)
        before = path.read_bytes()
        with pytest.raises(FileExistsError, match=r"a_labels\.tif was not written by"):
            segment_file(tmp_path / "a.tif", tmp_path, model=segmenter)
        assert path.read_bytes() == before


def list_output_names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


@pytest.mark.parametrize("table", [False, True])
@pytest.mark.parametrize("overlay", [False, True])
def test_the_requested_formats_are_written_and_nothing_else(
    tmp_path: Path,
    segmenter: Segmenter,
    image: NDArray[np.uint8],
    truth: NDArray[np.int32],
    overlay: bool,
    table: bool,
) -> None:
    path = tmp_path / "a b.png"
    cv2.imwrite(str(path), image)
    out = tmp_path / "out"
    formats = ["labels", *["csv"] * table, *["overlay"] * overlay]
    done = segment_file(path, out, model=segmenter, formats=formats)
    names = {"a b_labels.tif"}
    names |= {"a b_overlay.png"} if overlay else set()
    names |= {"a b_nuclei.csv"} if table else set()
    assert list_output_names(out) == {path.name for path in done.written} == names
    labels = read_image(out / "a b_labels.tif").pixels
    np.testing.assert_array_equal(labels, done.segmentation.labels)
    np.testing.assert_array_equal(labels > 0, truth > 0)


LAYOUTS: dict[str, tuple[str, int | None]] = {
    "plane": ("YX", None),
    "columns first": ("XY", None),
    "time": ("TYX", None),
    "depth and channel": ("ZCYX", 1),
    "depth last": ("YXZ", None),
}


@pytest.mark.parametrize(("axes", "channel"), LAYOUTS.values(), ids=LAYOUTS)
def test_results_have_the_axes_of_their_image(
    tmp_path: Path,
    segmenter: Segmenter,
    image: NDArray[np.uint8],
    truth: NDArray[np.int32],
    axes: str,
    channel: int | None,
) -> None:
    sizes = {"T": 2, "Z": 3, "C": 2}
    pixels, inside, order = image, truth > 0, "YX"
    for axis in axes:
        if axis in sizes:
            pixels, order = np.stack([pixels] * sizes[axis], axis=0), axis + order
            inside = inside if axis == "C" else np.stack([inside] * sizes[axis], axis=0)
    pixels = pixels.transpose([order.index(axis) for axis in axes])
    present, wanted = order.replace("C", ""), axes.replace("C", "")
    inside = inside.transpose([present.index(axis) for axis in wanted])
    path = tmp_path / "stack.tif"
    path.write_bytes(encode_image_tiff(pixels, axes, 0.5))
    done = segment_file(path, tmp_path, model=segmenter, formats=ALL, channel=channel)
    result, written = done.segmentation, done.written
    labels = read_image(written[0])
    assert labels.axes == wanted
    assert labels.pixel_size == pytest.approx(0.5)
    np.testing.assert_array_equal(labels.pixels > 0, inside)
    with written[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    planes = sizes["T" if "T" in axes else "Z"] if len(wanted) > 2 else 1
    assert len(rows) == result.count == 3 * planes
    assert float(rows[0]["intensity_mean"]) == 200
    assert float(rows[0]["centroid_y"]) == pytest.approx(15, abs=1)
    assert float(rows[0]["centroid_x"]) == pytest.approx(70, abs=1)
    assert float(rows[0]["area_um2"]) == pytest.approx(float(rows[0]["area"]) / 4)
    picture = cv2.imread(str(written[2]))
    assert picture.shape[0] / picture.shape[1] == pytest.approx(60 / 90)


def test_a_given_pixel_size_replaces_that_of_the_file(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(encode_image_tiff(image, "YX", 0.5))
    segment_file(path, tmp_path, model=segmenter, pixel_size=2.0)
    assert read_image(tmp_path / "a_labels.tif").pixel_size == pytest.approx(2)


@pytest.mark.parametrize("kind", ["plain", "OME"])
def test_a_pixel_size_of_0_in_a_file_is_none(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8], kind: str
) -> None:
    path = tmp_path / ("a.ome.tif" if kind == "OME" else "a.tif")
    if kind == "OME":
        tifffile.imwrite(path, image, metadata={"axes": "YX", "PhysicalSizeX": 0.0})
    else:
        tifffile.imwrite(path, image, resolution=((0, 1), (0, 1)), resolutionunit=3)
    written = segment_file(path, tmp_path, model=segmenter).written
    assert read_image(written[0]).pixel_size is None


def test_the_image_file_is_not_changed(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(encode_image_tiff(image, "YX", None))
    before = path.read_bytes()
    segment_file(path, tmp_path, model=segmenter, formats=ALL)
    assert path.read_bytes() == before


NAN = np.zeros((20, 20), np.float32)
NAN[4, 4] = np.nan

BAD: dict[str, tuple[NDArray[Any], dict[str, Any], str]] = {
    "NaN": (NAN, {}, "bad.tif: image has NaN or infinite values"),
    "infinite": (NAN * 0 + np.inf, {}, "bad.tif: image has NaN or infinite"),
    "1-bit": (NAN > 1, {}, "bad.tif: image is a boolean mask"),
    "complex": (NAN.astype(np.complex64), {}, "bad.tif: image must hold integers or"),
    "one row": (np.zeros((1, 50), np.uint8), {}, "bad.tif: .* got 1 x 50"),
    "five channels": (
        np.zeros((5, 20, 20), np.uint8),
        {"metadata": {"axes": "CYX"}},
        r"bad\.tif: the image has 5 channels \(axes CYX\); choose one",
    ),
}


@pytest.mark.parametrize(("pixels", "options", "message"), BAD.values(), ids=BAD)
def test_a_bad_image_is_refused_by_name_and_nothing_is_written(
    tmp_path: Path,
    segmenter: Segmenter,
    pixels: NDArray[Any],
    options: dict[str, Any],
    message: str,
) -> None:
    path = tmp_path / "bad.tif"
    tifffile.imwrite(path, pixels, **options)
    with pytest.raises((TypeError, ValueError), match=message):
        segment_file(path, tmp_path / "out", model=segmenter, formats=ALL)
    assert list_output_names(tmp_path / "out") == set()


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_full_disk_leaves_no_results(
    tmp_path: Path,
    segmenter: Segmenter,
    image: NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
    fails_at: int,
) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), image)
    write, calls = Path.write_bytes, []

    def fill(self: Path, content: bytes) -> int:
        calls.append(self)
        if len(calls) == fails_at:
            write(self, content[: len(content) // 2])
            raise OSError(28, "No space left on device")
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(OSError, match="No space left"):
        segment_file(path, tmp_path / "out", model=segmenter, formats=ALL)
    assert list_output_names(tmp_path / "out") == set()


@pytest.mark.parametrize(
    ("axes", "channel", "shape"),
    [("TZYX", None, (2, 3, 60, 90)), ("zcyx", 1, (2, 60, 90))],
)
def test_axes_name_those_of_a_file_without_names(
    tmp_path: Path,
    segmenter: Segmenter,
    image: NDArray[np.uint8],
    axes: str,
    channel: int | None,
    shape: tuple[int, ...],
) -> None:
    path = tmp_path / "a.tif"
    stack = np.stack([np.stack([image] * 3)] * 2)
    tifffile.imwrite(path, stack, photometric="minisblack")
    with pytest.raises(ValueError, match=r"^a\.tif: the file does not name 2 of its 4"):
        segment_file(path, tmp_path, model=segmenter)
    done = segment_file(path, tmp_path, model=segmenter, axes=axes, channel=channel)
    assert done.segmentation.labels.shape == shape
    assert done.segmentation.count == 3 * np.prod(shape[:-2])


def test_axes_replace_those_that_a_file_states(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    path = tmp_path / "a.tif"
    about = {"axes": "CYX"}
    stack = np.stack([image] * 3)
    tifffile.imwrite(path, stack, photometric="minisblack", metadata=about)
    done = segment_file(path, tmp_path, model=segmenter, axes="ZYX")
    assert read_image(done.written[0]).axes == "ZYX"
    with pytest.raises(ValueError, match=r"^a\.tif: axes must name each of the 3 axes"):
        segment_file(path, tmp_path, model=segmenter, axes="YX")


def test_what_is_odd_about_a_file_is_noted(
    segmenter: Segmenter, image: NDArray[np.uint8], tmp_path: Path
) -> None:
    path = tmp_path / "print.tif"
    tifffile.imwrite(path, image, resolution=(28.35, 28.35), resolutionunit=3)
    found = segment_file(path, tmp_path / "out", model=segmenter)
    assert read_image(path).notes
    assert found.segmentation.notes == read_image(path).notes


def test_joined_slices_give_one_row_per_nucleus(
    tmp_path: Path,
    segmenter: Segmenter,
    image: NDArray[np.uint8],
    truth: NDArray[np.int32],
) -> None:
    path = tmp_path / "stack.tif"
    path.write_bytes(encode_image_tiff(np.stack([image] * 4), "ZYX", 0.5, 2.0))
    config = SegmentConfig(join="z", correct=False)
    formats = ["labels", "csv"]
    out = tmp_path / "out"
    done = segment_file(path, out, model=segmenter, formats=formats, config=config)
    count = len(np.unique(truth)) - 1
    assert done.segmentation.count == count
    assert done.segmentation.stack == "in 4 slices"
    labels = read_image(done.written[0])
    assert labels.z_spacing == pytest.approx(2.0)
    np.testing.assert_array_equal(labels.pixels[0], labels.pixels[3])
    with done.written[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert {row["extent_z"] for row in rows} == {"4"}
    voxels = [(float(row["volume"]), float(row["volume_um3"])) for row in rows]
    assert [um3 / volume for volume, um3 in voxels] == pytest.approx([0.5] * count)
    done = segment_file(
        path, out, model=segmenter, formats=["csv"], config=config, z_spacing=4.0
    )
    with done.written[0].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["volume_um3"]) == pytest.approx(float(rows[0]["volume"]))


@pytest.mark.parametrize("name", ["labels", "png", "mask", "probability", "overlay"])
@pytest.mark.parametrize("named", [False, True], ids=["usual name", "own name"])
def test_the_results_of_a_single_image_are_never_taken_for_images(
    plate: Path, segmenter: Segmenter, name: str, named: bool
) -> None:
    (writer,) = find_writers([name])
    destination = plate / f"own{writer.suffix}" if named else None
    done = segment_file(plate / "c.tif", destination, model=segmenter, formats=[name])
    (plate / "c.tif").unlink()  # its name no longer tells that they are results
    found = exclude_results(find_images([plate]), plate / "out")
    assert done.written[0].exists()
    assert [path.name for path in found] == [
        "a.png",
        "b.png",
        "broken.png",
        "empty.tif",
    ]
