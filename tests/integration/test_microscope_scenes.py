"""Scenes of a true file of Leica (LIF), read through bioio and its plugin."""

from __future__ import annotations

import csv
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei import (
    read_image,
    read_labels,
    segment_files,
    synthetic_nuclei,
    write_labels,
)
from napari_nuclei.cli import main
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.data.sample_files import open_folder
from napari_nuclei.io.readers import open_image

pytest.importorskip("bioio_lif")

SCENES = {
    f"Series00{seed}": synthetic_nuclei((96, 80 + 8 * seed), seed=seed)[0]
    for seed in range(1, 4)
}

MARK, TEXT = 0x70, 0x2A
"""Numbers before each block of the file and before each value in it."""


def write_lif(
    path: Path,
    images: Mapping[str, np.ndarray[Any, Any]],
    *,
    pixel_size: float,
) -> None:
    """Write images of uint8 or uint16, shape (Y, X), each as a scene.

    Parameters
    ----------
    path : Path
    images : dict of str to ndarray
        By the name of the scene.
    pixel_size : float
        In µm.
    """
    elements = "".join(
        describe_image(name, number, image, pixel_size)
        for number, (name, image) in enumerate(images.items(), 1)
    )
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="project" Visibility="1">'
        '<Memory Size="0" MemoryBlockID="MemBlock_0"/>'
        f"<Children>{elements}</Children></Element></LMSDataContainerHeader>"
    )
    content = block(encode_text(xml))
    for number, image in enumerate(images.values(), 1):
        header = struct.pack("<BQ", TEXT, image.nbytes)
        content += block(header + encode_text(f"MemBlock_{number}")) + image.tobytes()
    path.write_bytes(content)


def describe_image(
    name: str, number: int, image: np.ndarray[Any, Any], pixel_size: float
) -> str:
    """Return the element of an image in the XML header."""
    depth, (height, width) = image.itemsize, image.shape
    dimensions = "".join(
        f'<DimensionDescription DimID="{axis}" NumberOfElements="{count}" Origin="0" '
        f'Length="{(count - 1) * pixel_size * 1e-6}" Unit="m" BitInc="0" '
        f'BytesInc="{step}"/>'
        for axis, count, step in ((1, width, depth), (2, height, width * depth))
    )
    return (
        f'<Element Name="{name}" Visibility="1"><Data><Image><ImageDescription>'
        f'<Channels><ChannelDescription DataType="0" ChannelTag="0" '
        f'Resolution="{8 * depth}" NameOfMeasuredQuantity="" Min="0" Max="255" Unit="" '
        'LUTName="Gray" IsLUTInverted="0" BytesInc="0" BitInc="0"/></Channels>'
        f"<Dimensions>{dimensions}</Dimensions></ImageDescription></Image></Data>"
        f'<Memory Size="{image.nbytes}" MemoryBlockID="MemBlock_{number}"/></Element>'
    )


def encode_text(text: str) -> bytes:
    """Return a text as a value of the file: its length, then UTF-16."""
    return struct.pack("<BI", TEXT, len(text)) + text.encode("utf-16-le")


def block(content: bytes) -> bytes:
    """Return a block of the file."""
    return struct.pack("<II", MARK, len(content)) + content


@pytest.fixture
def lif(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "project.lif"
    write_lif(path, SCENES, pixel_size=0.5)
    return path


@pytest.mark.parametrize("number", range(3))
def test_every_scene_of_a_file_is_read(lif: Path, number: int) -> None:
    name, pixels = list(SCENES.items())[number]
    for scene in (number, name):
        image, opened = read_image(lif, scene=scene), open_image(lif, scene=scene)
        np.testing.assert_array_equal(image.pixels, pixels)
        np.testing.assert_array_equal(opened.pixels[:], pixels)
        assert (image.axes, image.notes, image.scenes) == ("YX", (), (*SCENES,))
        assert image.pixel_size == pytest.approx(0.5)


def test_the_first_scene_is_read_with_a_note(lif: Path, capsys) -> None:
    np.testing.assert_array_equal(read_image(lif).pixels, SCENES["Series001"])
    assert main(["segment", str(lif), "-o", str(lif.parents[1])]) == 0
    assert "holds 3 scenes (Series001, Series002, Series003)" in capsys.readouterr().err
    assert read_labels(lif.parents[1] / "project_labels.tif").shape == (96, 88)


def test_the_command_segments_the_scene_that_is_named(lif: Path, capsys) -> None:
    out = lif.parents[1] / "out"
    for scene in ("Series002", "2"):
        command = ["segment", str(lif), "-o", str(out), "--scene", scene]
        assert main([*command, "--format", "labels", "kaggle"]) == 0
    assert "scenes" not in capsys.readouterr().err
    shapes = [read_labels(path).shape for path in sorted(out.glob("*.tif"))]
    assert shapes == [(96, 104), (96, 96)]  # project_2 and project_Series002
    text = (out / "project_Series002_submission.csv").read_text()
    assert "\nproject_Series002," in text
    assert main(["segment", str(lif), "-o", str(out), "--scene", "B1"]) == 1
    assert "project.lif has no scene B1; choose from 0 (S" in capsys.readouterr().err


def test_blocks_are_those_of_the_scene(lif: Path) -> None:
    for number, scene in enumerate(SCENES):
        out = lif.parents[1] / f"{scene}.zarr"
        assert main(["segment", str(lif), "-o", str(out), "--scene", scene]) == 0
        assert read_labels(out).shape == SCENES[scene].shape, number


def test_a_folder_is_segmented_again_for_another_scene(lif: Path) -> None:
    other = lif.with_name("other.lif")
    write_lif(other, {"a": SCENES["Series001"], "b": SCENES["Series003"]}, pixel_size=1)
    out = lif.parents[1] / "out"
    for scene, stem in (1, "project_1"), (0, "project_0"):
        found = segment_files(lif.parent, out, scene=scene, diameter_from_first=True)
        assert [result.reason for result in found] == ["", ""]
        assert (out / f"{stem}_labels.tif").exists()
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        assert {row["written"] for row in csv.DictReader(file)} == {
            "project_0_labels.tif",
            "other_0_labels.tif",
        }


def test_training_images_with_several_scenes_are_noticed_once(
    lif: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "set"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    lif.rename(folder / "images" / "a.lif")
    (first, *_) = SCENES.values()
    write_labels((first > first.mean()).astype(int), folder / "labels" / "a.tif")
    (file,) = open_folder(folder)
    with pytest.warns(ImageWarning, match="a.lif: The file holds 3 scenes") as caught:
        file.read()
        file.read()
    assert len(caught) == 1
