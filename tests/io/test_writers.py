from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.readers import decode_image
from napari_nuclei.io.tables import read_table
from napari_nuclei.io.writer import Writer
from napari_nuclei.io.writers import (
    FORMATS,
    WRITERS,
    find_writers,
    stem_of_image,
    writer_of_suffix,
)

UNTRACKED = [writer for writer in WRITERS if not writer.tracks]
BY_NAME = {writer.name: writer for writer in WRITERS}


@pytest.fixture
def plane(discs, rng: np.random.Generator) -> LabelledImage:
    labels = discs((40, 60), [(20, 15, 8), (20, 40, 5)])
    return LabelledImage(
        labels,
        make_layout(labels.shape),
        0.5,
        image=rng.integers(0, 255, labels.shape, np.uint8),
        foreground=rng.random(labels.shape, np.float32),
        name="cells",
    )


@pytest.fixture
def stack(plane: LabelledImage) -> LabelledImage:
    labels = np.stack([plane.labels, plane.labels * 0, plane.labels])
    image = np.stack([[plane.image, plane.image // 2]] * 3)
    return LabelledImage(
        labels,
        make_layout(image.shape, "ZCYX", 1),
        0.5,
        2.0,
        image,
        np.stack([plane.foreground] * 3),
    )


def test_a_plane_is_written_in_every_format(plane: LabelledImage) -> None:
    contents = {writer.name: writer.encode(plane) for writer in UNTRACKED}
    labels = decode_image(contents["labels"], "a.tif")
    np.testing.assert_array_equal(labels.pixels, plane.labels)
    assert (labels.axes, labels.pixel_size) == ("YX", pytest.approx(0.5))
    np.testing.assert_array_equal(
        decode_image(contents["png"], "a.png").pixels, plane.labels
    )
    np.testing.assert_array_equal(
        decode_image(contents["mask"], "a.png").pixels, (plane.labels > 0) * 255
    )
    probability = decode_image(contents["probability"], "a.tif").pixels
    assert probability.dtype == np.float32
    np.testing.assert_array_equal(probability, plane.foreground)
    assert len(json.loads(contents["geojson"])["features"]) == 2
    assert len(zipfile.ZipFile(io.BytesIO(contents["rois"])).namelist()) == 2
    assert contents["kaggle"].startswith(b"ImageId,EncodedPixels\ncells,")
    assert cv2.imdecode(np.frombuffer(contents["overlay"], np.uint8), 1) is not None


@pytest.mark.parametrize("name", ["csv", "parquet"])
@pytest.mark.parametrize("kind", ["plane", "stack"])
def test_tables_are_those_of_measure(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str, name: str
) -> None:
    image: LabelledImage = request.getfixturevalue(kind)
    writer = BY_NAME[name]
    path = tmp_path / f"a{writer.suffix}"
    path.write_bytes(writer.encode(image))
    expected = measure(
        image.labels,
        image.image if kind == "plane" else image.image[:, 1],
        foreground=image.foreground,
        pixel_size=0.5,
        axes=image.axes,
    )
    pd.testing.assert_frame_equal(read_table(path), expected)


def test_a_stack_has_all_its_planes_in_the_formats_that_hold_it(
    stack: LabelledImage,
) -> None:
    labels = decode_image(BY_NAME["labels"].encode(stack), "a.tif")
    np.testing.assert_array_equal(labels.pixels, stack.labels)
    assert (labels.axes, labels.z_spacing) == ("ZYX", pytest.approx(2))
    assert decode_image(BY_NAME["probability"].encode(stack), "a.tif").axes == "ZYX"
    features = json.loads(BY_NAME["geojson"].encode(stack))["features"]
    assert [f["geometry"]["plane"]["z"] for f in features] == [0, 0, 2, 2]
    names = zipfile.ZipFile(io.BytesIO(BY_NAME["rois"].encode(stack))).namelist()
    assert [name[:4] for name in names] == ["0001", "0001", "0003", "0003"]


@pytest.mark.parametrize("writer", UNTRACKED, ids=lambda writer: writer.name)
def test_a_format_says_whether_it_holds_a_stack(stack: LabelledImage, writer) -> None:
    if writer.stacks:
        writer.check_layout(stack.layout)
        assert writer.encode(stack)
        return
    message = f"The format {writer.name} holds a single plane, not a stack .* ZYX"
    with pytest.raises(ValueError, match=message):
        writer.check_layout(stack.layout)


def test_the_table_is_measured_once_and_only_if_needed(plane: LabelledImage) -> None:
    calls = []

    def measured() -> pd.DataFrame:
        calls.append(1)
        return measure(plane.labels)

    image = LabelledImage(plane.labels, plane.layout, measure=measured)
    for name in ("labels", "png", "mask", "rois"):
        BY_NAME[name].encode(image)
    assert calls == []
    for name in ("csv", "parquet", "geojson"):
        BY_NAME[name].encode(image)
    assert calls == [1]


@pytest.mark.parametrize("name", ["probability", "overlay"])
def test_what_is_missing_for_a_format_is_named(plane: LabelledImage, name: str) -> None:
    with pytest.raises(ValueError, match=f"The {name} cannot be"):
        BY_NAME[name].encode(LabelledImage(plane.labels, plane.layout))


def test_every_format_has_its_own_name_and_file() -> None:
    assert len({*FORMATS}) == len({writer.ending for writer in WRITERS}) == len(WRITERS)
    assert all(writer.suffix or writer.write_folder for writer in WRITERS)


def test_formats_are_found_by_name_each_once() -> None:
    found = find_writers(["csv", "labels", "csv"])
    assert [writer.name for writer in found] == ["csv", "labels"]
    assert find_writers("mask")[0].name == "mask"
    with pytest.raises(ValueError, match=r"formats must be of labels, png.*got 'xls'"):
        find_writers(["xls"])
    with pytest.raises(ValueError, match="formats must name at least one"):
        find_writers([])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.tif", "labels"),
        ("a.PNG", "png"),
        ("a.zip", "rois"),
        ("Mask.PNG", "mask"),
        ("cells_overlay.png", "overlay"),
        ("a_probability.tif", "probability"),
        ("submission.csv", "kaggle"),
        ("nuclei.csv", "csv"),
        ("labels.png", "png"),
        ("a", None),
        ("a.v2", None),
    ],
)
def test_a_suffix_names_the_format(name: str, expected: str | None) -> None:
    found = writer_of_suffix(Path(name), WRITERS)
    assert (found and found.name) == expected
    masks = find_writers(["csv", "mask"])
    assert writer_of_suffix(Path("a.png"), masks) is masks[1]


def test_a_missing_package_gives_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match="python -m pip install"):
        BY_NAME["parquet"].check_installed()
    BY_NAME["csv"].check_installed()


def test_listing_the_formats_loads_nothing_heavy(
    new_process: Callable[[str], str],
) -> None:
    code = "import sys; import napari_nuclei.io.writers; print(*sys.modules)"
    loaded = new_process(code).split()
    assert "napari_nuclei.io.writers" in loaded
    assert not {"numpy", "pandas", "cv2", "tifffile", "scipy", "skimage"} & {*loaded}


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
def test_the_image_of_a_result_is_found_by_its_name(writer: Writer) -> None:
    assert stem_of_image(Path(f"a_1{writer.ending}")) == "a_1"
