from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from napari_nuclei.io.lazy_images import AxisCalibration
from napari_nuclei.io.readers import open_image
from napari_nuclei.io.zarr_images import axis_letters, open_zarr


def write_image(
    path: Path, shape: tuple[int, ...], axes: list[Any] | None, **about: Any
) -> Path:
    """Write an OME-Zarr image of zeros with a multiscale of the given metadata."""
    group = zarr.open_group(path, mode="w", zarr_format=2)
    group.create_array("full", data=np.zeros(shape, np.uint8))
    level = {"path": "full", **about.pop("level", {})}
    image = {"datasets": [level], **about}
    if axes is not None:
        image["axes"] = axes
    group.attrs["multiscales"] = [image]
    return path


def space(*names: str) -> list[dict[str, str]]:
    return [{"name": n, "type": "space", "unit": "micrometer"} for n in names]


def scale(*factors: float) -> dict[str, Any]:
    return {"type": "scale", "scale": [*factors]}


def translation(*steps: float) -> dict[str, Any]:
    return {"type": "translation", "translation": [*steps]}


def test_transforms_of_the_multiscale_follow_those_of_the_level(
    tmp_path: Path,
) -> None:
    path = write_image(
        tmp_path / "a.zarr",
        (3, 8, 9),
        space("z", "y", "x"),
        level={"coordinateTransformations": [scale(1, 2, 2), translation(0, 3, 4)]},
        coordinateTransformations=[scale(5, 0.1, 0.1), translation(0, 1, 0)],
    )
    image = open_image(path)
    assert image.pixel_size == pytest.approx(0.2)
    assert image.calibrations["Z"] == AxisCalibration(5.0, 0.0, "micrometer")
    assert image.calibrations["Y"].origin == pytest.approx(1.3)
    assert image.calibrations["X"].origin == pytest.approx(0.4)


def test_the_multiscale_alone_can_state_the_scale(tmp_path: Path) -> None:
    path = write_image(
        tmp_path / "a.zarr",
        (8, 9),
        space("y", "x"),
        coordinateTransformations=[scale(0.3, 0.3)],
    )
    assert open_image(path).pixel_size == pytest.approx(0.3)


AXES: dict[str, tuple[list[dict[str, str]], str | None]] = {
    "channel": ([{"name": "wavelength", "type": "channel"}, *space("y", "x")], "CYX"),
    "time": (
        [{"name": "frame", "type": "time"}, *space("depth", "height", "width")],
        "TZYX",
    ),
    "words": ([{"name": n} for n in ("Time", "Channel", "row", "column")], "TCYX"),
    "letters": ([{"name": n} for n in "tczyx"], "TCZYX"),
    "a letter and a type": ([{"name": "l", "type": "channel"}, *space(*"yx")], "CYX"),
    "another letter": ([{"name": "p"}, *space("y", "x")], "PYX"),
    "a strange word": ([{"name": "angle"}, *space("y", "x")], None),
    "twice": ([{"name": "a", "type": "channel"}, {"name": "c"}, *space(*"yx")], None),
}


@pytest.mark.parametrize(("axes", "letters"), AXES.values(), ids=AXES)
def test_axes_are_called_by_their_type_and_then_by_their_name(
    axes: list[dict[str, str]], letters: str | None
) -> None:
    assert axis_letters(axes) == letters


def test_an_image_with_words_for_axes_can_be_segmented(tmp_path: Path) -> None:
    axes = [{"name": "channel", "type": "channel"}, *space("height", "width")]
    level = {"coordinateTransformations": [scale(1, 0.5, 0.5)]}
    image = open_image(write_image(tmp_path / "a.zarr", (2, 8, 9), axes, level=level))
    assert image.layout(None, 1).channel == 1
    assert image.pixel_size == pytest.approx(0.5)


def test_axes_without_a_clear_letter_are_named_by_the_user(tmp_path: Path) -> None:
    axes = [{"name": "angle"}, *space("y", "x")]
    image = open_image(write_image(tmp_path / "a.zarr", (2, 8, 9), axes))
    with pytest.raises(ValueError, match="name the axes"):
        image.layout(None, None)
    assert image.layout("PYX", None).stack_axes == "P"


@pytest.mark.parametrize("version", ["0.1", "0.2"])
def test_early_versions_have_five_axes(tmp_path: Path, version: str) -> None:
    path = write_image(tmp_path / "a.zarr", (1, 2, 3, 8, 9), None, version=version)
    image = open_image(path)
    assert (image.axes, image.pixel_size) == ("TCZYX", None)
    assert image.layout(None, 1).label_shape == (1, 3, 8, 9)


def test_axes_of_version_03_are_texts(tmp_path: Path) -> None:
    assert open_image(write_image(tmp_path / "a", (2, 8, 9), [*"cyx"])).axes == "CYX"


@pytest.mark.parametrize("names", [["0", "1", "10"], ["left", "right"]], ids=str)
def test_a_store_of_several_images_is_refused(tmp_path: Path, names: list[str]) -> None:
    zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    for name in names:
        write_image(tmp_path / "a.zarr" / name, (8, 9), space("y", "x"))
    listed = rf"holds {len(names)} images: {', '.join(names)}\. Name one, such as "
    with pytest.raises(ValueError, match=listed):
        open_image(tmp_path / "a.zarr")
    assert open_image(tmp_path / "a.zarr" / names[1]).axes == "YX"


def test_a_store_of_one_image_below_its_top_is_read(tmp_path: Path) -> None:
    zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    write_image(tmp_path / "a.zarr" / "0", (8, 9), space("y", "x"))
    assert open_image(tmp_path / "a.zarr").pixels.shape == (8, 9)


def test_several_multiscales_are_refused(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.zarr", (8, 9), space("y", "x"), name="left")
    group = zarr.open_group(path, mode="a")
    (left,) = group.attrs["multiscales"]
    right = {**left, "name": "right", "datasets": [{"path": "other"}]}
    group.attrs["multiscales"] = [left, right]
    with pytest.raises(ValueError, match="holds 2 images: left, right"):
        open_image(path)


def level(**values: Any) -> dict[str, Any]:
    return {"axes": ["y", "x"], "datasets": [{"path": "0"} | values]}


SCALE = {"type": "scale", "scale": [1, 1]}
DAMAGED: dict[str, tuple[Any, str]] = {
    "no datasets": ([{"axes": ["y", "x"]}], "'datasets' is missing"),
    "no levels": ([{"datasets": []}], "list index out of range"),
    "no path": ([{"datasets": [{}]}], "'path' is missing"),
    "a path of another kind": ([{"datasets": [{"path": [1]}]}], "unhashable"),
    "a missing array": ([level(path="7")], "'7' is missing"),
    "a group": ([level(path="labels")], "labels is a group, not an array"),
    "a path that leads out": ([level(path="../0")], "damaged"),
    "no multiscale": ([], "damaged"),
    "text": ("0", "damaged"),
    "a number": (7, "damaged"),
    "a list of numbers": ([7], "damaged"),
    "too few scales": (
        [level(coordinateTransformations=[SCALE | {"scale": [1]}])],
        "",
    ),
    "a transform without a type": ([level(coordinateTransformations=[{}])], "'type'"),
    "scales that are text": (
        [level(coordinateTransformations=[SCALE | {"scale": ["a", "b"]}])],
        "could not convert",
    ),
    "transforms that are text": ([level(coordinateTransformations="ab")], "damaged"),
    "numbers for axes": ([level() | {"axes": 3}], "damaged"),
}


@pytest.mark.parametrize(("multiscales", "message"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_metadata_are_one_line(
    tmp_path: Path, multiscales: Any, message: str
) -> None:
    path = tmp_path / "a.zarr"
    group = zarr.open_group(path, mode="w")
    group.create_array("0", data=np.zeros((8, 9), np.uint8))
    group.require_group("labels")
    group.attrs["ome"] = {"version": "0.5", "multiscales": multiscales}
    if not message:  # one scale holds for all axes
        assert open_zarr(path).axes == "YX"
        return
    with pytest.raises(
        ValueError, match=r"metadata of .*a\.zarr are damaged"
    ) as raised:
        open_zarr(path)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_a_spacing_that_is_not_possible_is_not_stated(
    tmp_path: Path, value: float
) -> None:
    path = tmp_path / "a.zarr"
    group = zarr.open_group(path, mode="w")
    group.create_array("0", data=np.zeros((8, 9), np.uint8))
    scale = {"type": "scale", "scale": [value, 0.5]}
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    image = level(coordinateTransformations=[scale]) | {"axes": axes}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    opened = open_zarr(path)
    assert opened.pixel_size is None
    assert [*opened.calibrations] == ["X"]


def test_an_array_with_damaged_metadata_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    group = zarr.open_group(path, mode="w")
    group.create_array("0", data=np.zeros((8, 9), np.uint8))
    group.attrs["ome"] = {"version": "0.5", "multiscales": [level()]}
    about = path / "0" / "zarr.json"
    about.write_text(about.read_text().replace('"fill_value": 0', '"fill_value": -7'))
    with pytest.raises(
        ValueError, match=r"of .*a\.zarr are damaged \(Python integer -7"
    ):
        open_zarr(path)
