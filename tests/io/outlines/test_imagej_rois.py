from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path as Outline
from roifile import ROI_TYPE, ImagejRoi

from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.outlines.imagej_rois import (
    decode_roi,
    encode_rois,
    escape,
    read_rois,
    unescape,
)
from napari_nuclei.io.outlines.polygons import find_outlines


def read(content: bytes) -> list[ImagejRoi]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [ImagejRoi.frombytes(archive.read(n)) for n in archive.namelist()]


def covered(rings, shape) -> np.ndarray:
    """Return the pixels whose centres lie inside an odd number of rings."""
    rows, columns = np.indices(shape)
    centres = np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5
    inside = [Outline(ring).contains_points(centres) for ring in rings]
    return (np.sum(inside, axis=0) % 2 == 1).reshape(shape)


def test_the_polygons_of_a_file_cover_exactly_the_pixels_of_each_nucleus() -> None:
    _, labels = synthetic_nuclei((150, 170), seed=3)
    with zipfile.ZipFile(io.BytesIO(encode_rois({(): labels}))) as archive:
        drawn = np.zeros_like(labels)
        for name in archive.namelist():
            roi = ImagejRoi.frombytes(archive.read(name))
            inside = covered([roi.coordinates()], labels.shape)
            drawn[inside] = int(name[:5])
    np.testing.assert_array_equal(drawn, labels)


@pytest.mark.parametrize("stack", [False, True])
def test_imagej_regions_can_be_read_back(discs, stack) -> None:
    labels = discs((40, 60), [(20, 15, 8), (20, 40, 3)])
    planes = {(0,): labels, (1,): labels * 0, (2,): labels} if stack else {(): labels}
    content = encode_rois(planes, "Z" if stack else "")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rois = [ImagejRoi.frombytes(archive.read(n)) for n in archive.namelist()]
    assert len(rois) == (4 if stack else 2)
    assert {roi.position for roi in rois} == ({1, 3} if stack else {0})
    (ring,) = next(find_outlines(labels)).parts[0]
    np.testing.assert_array_equal(rois[0].coordinates(), ring)


def test_a_nucleus_with_a_hole_and_two_pieces_is_one_composite_region() -> None:
    labels = np.zeros((12, 14), np.int32)
    labels[1:7, 1:7] = labels[8:11, 9:13] = 4
    labels[3:5, 3:5] = 0
    (roi,) = read(encode_rois({(): labels}))
    assert (roi.name, roi.roitype, roi.composite) == ("00004", ROI_TYPE.RECT, True)
    assert (roi.left, roi.top, roi.right, roi.bottom) == (1, 1, 13, 11)
    rings = roi.coordinates(multi=True)
    assert len(rings) == 3
    np.testing.assert_array_equal(covered(rings, labels.shape), labels == 4)


def test_names_positions_classes_and_colours_are_in_the_regions(discs) -> None:
    plane = discs((40, 60), [(20, 15, 8), (20, 40, 3)])
    labels = np.stack([np.stack([plane, plane * 2]), np.stack([plane * 3, plane * 0])])
    planes = {(t, z): labels[t, z] for t in range(2) for z in range(2)}
    index = pd.Index([1, 2, 2, 4, 3, 6], name="label")
    table = pd.DataFrame({"t": [0, 0, 0, 0, 1, 1], "z": [0, 0, 1, 1, 0, 0]}, index)
    table["class"] = ["a: β", "b", "b", np.nan, "b", "b"]
    rois = read(encode_rois(planes, "TZ", table, {"b": (1, 2, 3)}))
    assert [roi.name for roi in rois][::2] == ["0001-00001", "0002-00002", "0003-00003"]
    assert [roi.position for roi in rois] == [1, 1, 2, 2, 3, 3]
    places = [(roi.t_position, roi.z_position) for roi in rois]
    assert places == [(1, 1), (1, 1), (1, 2), (1, 2), (2, 1), (2, 1)]
    assert rois[1].props == "label: 2\nclass: b\n"
    assert rois[1].stroke_color == bytes([255, 1, 2, 3])
    assert rois[3].props == "label: 4\n"
    assert rois[0].props == "label: 1\nclass: a: \\u03b2\n"
    assert decode_roi(rois[0].tobytes()).class_name == "a: β"


@pytest.mark.parametrize("text", ["β: a", "a\\b\nc", "1+", "\U0001f600", "\\u0041"])
def test_text_is_escaped_as_java_does_and_back(text: str) -> None:
    assert escape(text).isascii()
    assert "\n" not in escape(text)
    assert unescape(escape(text)) == text


def write_zip(path: Path, *rois: ImagejRoi) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, roi in enumerate(rois):
            archive.writestr(f"{number}.roi", roi.tobytes())
    return path


def test_boxes_and_ovals_of_imagej_are_areas_and_points_are_left_out(
    tmp_path: Path,
) -> None:
    box = ImagejRoi(roitype=ROI_TYPE.RECT, left=2, top=3, right=6, bottom=5, name="b")
    oval = ImagejRoi(roitype=ROI_TYPE.OVAL, left=10, top=10, right=20, bottom=20)
    point = ImagejRoi.frompoints([[3, 4]])
    point.roitype = ROI_TYPE.POINT
    found = read_rois(write_zip(tmp_path / "r.zip", box, oval, point))
    assert len(found.objects) == 2
    assert [one.label for one in found.objects] == [None, None]
    assert found.notes == ("Points and lines of r.zip are left out (1 of 3 regions)",)


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all"])
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"^other\.zip is not a zip file of ImageJ's ROI"
    ):
        read_rois(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.roi", b"Iout" + bytes(90))
    with pytest.raises(ValueError, match=r"^other\.zip (is not a zip file|holds no)"):
        read_rois(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(ValueError, match=r"^other\.zip holds no regions"):
        read_rois(path)
