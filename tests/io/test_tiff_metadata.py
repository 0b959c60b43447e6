from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_nuclei.io.readers import open_image, read_image

PLANE = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30)
GREYS = PLANE.astype(np.uint8)


@pytest.mark.parametrize(
    ("samples", "options", "axes"),
    [
        (2, {}, "YXC"),
        (2, {"extrasamples": ["unassalpha"]}, "YX"),
        (3, {}, "YXS"),
        (4, {}, "YXC"),
        (4, {"photometric": "rgb", "extrasamples": ["unassalpha"]}, "YXS"),
        (5, {}, "YXC"),
        (5, {"planarconfig": "separate"}, "CYX"),
    ],
)
def test_samples_that_are_no_colours_are_channels(
    tmp_path: Path, samples: int, options: dict[str, Any], axes: str
) -> None:
    stack = np.stack([GREYS + n for n in range(samples)], axis=-1)
    if "planarconfig" in options:
        stack = np.moveaxis(stack, -1, 0)
    options = {"photometric": "minisblack", "planarconfig": "contig", **options}
    tifffile.imwrite(tmp_path / "s.tif", stack, **options)
    image = read_image(tmp_path / "s.tif")
    assert image.axes == axes
    expected = stack[..., 0] if axes == "YX" else stack
    np.testing.assert_array_equal(image.pixels, expected)


@pytest.mark.parametrize(
    ("unit", "pixel_size"),
    [
        ("um", 0.25),
        ("micron", 0.25),
        (r"\u00B5m", 0.25),
        ("nm", 0.00025),
        ("mm", 250),
        ("furlong", None),
    ],
)
def test_pixel_size_of_imagej(
    tmp_path: Path, unit: str, pixel_size: float | None
) -> None:
    path = tmp_path / "sized.tif"
    tifffile.imwrite(
        path, PLANE, imagej=True, resolution=(4, 4), metadata={"unit": unit}
    )
    assert read_image(path).pixel_size == pytest.approx(pixel_size)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((40, 30, 2), "YXC"),
        ((40, 30, 3), "YXS"),
        ((40, 30, 5), "YXC"),
        ((5, 40, 30), "TYX"),
        ((40, 30, 9), "TYX"),
        ((7, 40, 8), "TYX"),
    ],
    ids=str,
)
@pytest.mark.parametrize("read", [read_image, open_image], ids=["whole", "in blocks"])
def test_a_short_last_axis_without_a_name_is_channels(
    tmp_path: Path, read: Callable[[Path], Any], shape: tuple[int, ...], axes: str
) -> None:
    path = tmp_path / "unnamed.tif"
    tifffile.imwrite(path, np.zeros(shape, np.float32), photometric="minisblack")
    assert read(path).axes == axes


@pytest.mark.parametrize(
    ("unit", "pixel_size"), [("µm", 0.5), ("nm", 0.0005), ("pixel", None)]
)
def test_pixel_size_of_ome(tmp_path: Path, unit: str, pixel_size: float | None) -> None:
    path = tmp_path / "sized.ome.tif"
    metadata = {"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": unit}
    tifffile.imwrite(path, PLANE, metadata=metadata)
    assert read_image(path).pixel_size == pytest.approx(pixel_size)


@pytest.mark.parametrize(
    ("unit", "pixel_size"), [("CENTIMETER", 0.25), ("INCH", None), ("NONE", None)]
)
def test_pixel_size_of_plain_tiff(
    tmp_path: Path, unit: str, pixel_size: float | None
) -> None:
    path = tmp_path / "sized.tif"
    tifffile.imwrite(path, PLANE, resolution=(40_000, 40_000), resolutionunit=unit)
    assert read_image(path).pixel_size == pytest.approx(pixel_size)


@pytest.mark.parametrize("kind", ["ImageJ", "OME", "plain"])
def test_pixels_that_are_not_square_have_no_size(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("a.ome.tif" if kind == "OME" else "a.tif")
    options: dict[str, Any] = {"resolution": (40_000, 20_000)}
    if kind == "OME":
        options = {"metadata": {"PhysicalSizeX": 0.5, "PhysicalSizeY": 1.0}}
    elif kind == "plain":
        options["resolutionunit"] = "CENTIMETER"
    else:
        options |= {"imagej": True, "metadata": {"unit": "um"}}
    tifffile.imwrite(path, PLANE, **options)
    assert read_image(path).pixel_size is None


@pytest.mark.parametrize("read", [read_image, open_image], ids=["whole", "in blocks"])
@pytest.mark.parametrize("ome", [False, True], ids=["plain", "OME"])
@pytest.mark.parametrize(
    "sides", [(32, 32, 32), (32, 24, 20), (20, 32, 20)], ids=["alike", "less", "more"]
)
def test_a_file_of_several_images_is_refused(
    tmp_path: Path,
    read: Callable[[Path], object],
    ome: bool,
    sides: tuple[int, ...],
) -> None:
    path = tmp_path / ("positions.ome.tif" if ome else "positions.tif")
    with tifffile.TiffWriter(path, ome=ome) as file:
        for side in sides:
            file.write(np.ones((side, side), np.uint8), photometric="minisblack")
    with pytest.raises(ValueError, match=rf"{path.name} holds 3 images"):
        read(path)


def test_a_thumbnail_is_ignored(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(PLANE)
        file.write(PLANE[::4, ::4])
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif").pixels, PLANE)


def write_ome(path: Path, size: float, unit: str) -> None:
    """Write an OME-TIFF whose unit is a character reference if it is not ASCII."""
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" '
        f'Type="uint16" SizeX="30" SizeY="20" SizeC="1" SizeZ="1" SizeT="1" '
        f'PhysicalSizeX="{size}" PhysicalSizeXUnit="{unit}" PhysicalSizeY="{size}" '
        f'PhysicalSizeYUnit="{unit}"><TiffData/></Pixels></Image></OME>'
    )
    description = xml.encode("ascii", "xmlcharrefreplace").decode()
    tifffile.imwrite(path, PLANE, description=description, metadata=None)


@pytest.mark.parametrize("read", [read_image, open_image], ids=["whole", "in blocks"])
@pytest.mark.parametrize(("unit", "size"), [("µm", 0.3), ("μm", 0.3), ("Å", 3000)])
def test_units_of_ome_may_be_written_in_ascii(
    tmp_path: Path, read: Callable[[Path], Any], unit: str, size: float
) -> None:
    write_ome(tmp_path / "a.ome.tif", size, unit)
    assert read(tmp_path / "a.ome.tif").pixel_size == pytest.approx(0.3)


PRINT: dict[str, dict[str, Any]] = {
    "1 per cm": {"resolution": (1, 1), "resolutionunit": "CENTIMETER"},
    "28.35 per cm": {"resolution": (28.35, 28.35), "resolutionunit": "CENTIMETER"},
    "1 per metre": {"resolution": (0.01, 0.01), "resolutionunit": "CENTIMETER"},
    "118 per cm": {"resolution": (118.11, 118.11), "resolutionunit": "CENTIMETER"},
    "ImageJ": {
        "resolution": (28.35, 28.35),
        "imagej": True,
        "metadata": {"unit": "cm"},
    },
}


@pytest.mark.parametrize("read", [read_image, open_image], ids=["whole", "in blocks"])
@pytest.mark.parametrize("options", PRINT.values(), ids=PRINT)
def test_a_size_of_print_is_no_pixel_size(
    tmp_path: Path, read: Callable[[Path], Any], options: dict[str, Any]
) -> None:
    tifffile.imwrite(tmp_path / "a.tif", PLANE, **options)
    image = read(tmp_path / "a.tif")
    assert image.pixel_size is None
    (note,) = image.notes
    assert "pixel size is taken as not stated" in note


def test_ome_with_a_size_of_print_has_no_pixel_size(tmp_path: Path) -> None:
    write_ome(tmp_path / "a.ome.tif", 25400 / 72, "µm")
    image = read_image(tmp_path / "a.ome.tif")
    assert image.pixel_size is None
    assert "352.778 µm" in image.notes[0]


def test_a_plausible_size_has_no_note(tmp_path: Path) -> None:
    write_ome(tmp_path / "a.ome.tif", 0.25, "µm")
    assert read_image(tmp_path / "a.ome.tif").notes == ()


@pytest.mark.parametrize("read", [read_image, open_image], ids=["whole", "in blocks"])
@pytest.mark.parametrize("shape", [(2, 3, 20, 30), (2, 3, 4, 20, 30)], ids=str)
def test_several_axes_without_names_stay_unnamed(
    tmp_path: Path, read: Callable[[Path], Any], shape: tuple[int, ...]
) -> None:
    path = tmp_path / "unnamed.tif"
    tifffile.imwrite(path, np.zeros(shape, np.uint16), photometric="minisblack")
    assert read(path).axes == "Q" * (len(shape) - 2) + "YX"


@pytest.mark.parametrize("read", [read_image, open_image], ids=["whole", "in blocks"])
@pytest.mark.parametrize(
    ("shape", "options", "named"),
    [
        ((2, 20, 30), {}, "CYX"),
        ((4, 20, 30), {"metadata": None}, "CYX"),
        ((3, 20, 30), {"metadata": {"axes": "TYX"}}, ""),
        ((5, 20, 30), {}, ""),
        ((20, 30), {}, ""),
        ((2, 20, 30), {"imagej": True, "metadata": {"axes": "ZYX"}}, ""),
    ],
    ids=str,
)
def test_unnamed_pictures_that_may_be_channels_are_noted(
    tmp_path: Path,
    read: Callable[[Path], Any],
    shape: tuple[int, ...],
    options: dict[str, Any],
    named: str,
) -> None:
    pixels = np.zeros(shape, np.uint16)
    path = tmp_path / "unnamed.tif"
    tifffile.imwrite(path, pixels, photometric="minisblack", **options)
    image = read(path)
    assert image.notes_with("ZYX") == image.notes == ()
    notes = image.notes_with(None)
    if not named:
        assert notes == ()
        return
    (note,) = notes
    assert f"its {shape[0]} pictures are" in note
    assert f"--axes {named} --channel 0" in note
    assert ";" not in note
