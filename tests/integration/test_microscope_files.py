"""Files of microscopes are segmented like others, in Python and the shell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_nuclei import read_image, read_labels, segment_file, synthetic_nuclei
from napari_nuclei.cli import main
from napari_nuclei.io.readers import open_image

pytest.importorskip("bioio_czi")
czi = pytest.importorskip("pylibCZIrw.czi")

PIXEL_SIZE, SPACING = 0.325, 1.5


@pytest.fixture(scope="module")
def two_channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a CZI file of two channels and two slices; the second shows nuclei."""
    path = tmp_path_factory.mktemp("czi") / "a.czi"
    image, _ = synthetic_nuclei((200, 240), seed=0)
    nuclei = (image / image.max() * 20_000).astype(np.uint16)
    with czi.create_czi(str(path)) as file:
        for channel in range(2):
            for z in range(2):
                plane = nuclei[..., None] * np.uint16(channel)
                file.write(plane, plane={"C": channel, "Z": z})
        file.write_metadata(
            channel_names={0: "GFP", 1: "DAPI"},
            scale_x=PIXEL_SIZE * 1e-6,
            scale_y=PIXEL_SIZE * 1e-6,
            scale_z=SPACING * 1e-6,
        )
    return path


def test_a_czi_file_states_its_axes_sizes_and_channels(two_channels: Path) -> None:
    image = read_image(two_channels)
    assert (image.axes, image.pixels.shape) == ("CZYX", (2, 2, 200, 240))
    assert image.channel_names == ("GFP", "DAPI")
    assert image.pixel_size == pytest.approx(PIXEL_SIZE)
    assert image.z_spacing == pytest.approx(SPACING)


def test_python_and_the_shell_give_the_same_labels(
    two_channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = segment_file(two_channels, tmp_path / "python")
    assert "Channel 1 (DAPI) was segmented" in done.segmentation.notes[0]
    assert done.segmentation.count > 20
    assert main(["segment", str(two_channels.parent), "-o", str(tmp_path)]) == 0
    labels = read_labels(tmp_path / "a_labels.tif")
    np.testing.assert_array_equal(labels, done.segmentation.labels)


def test_a_channel_is_chosen_by_its_name(
    two_channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["segment", str(two_channels), "-o", str(tmp_path), "--channel"]
    assert main([*command, "dapi"]) == 0
    assert main([*command, "RFP"]) == 1
    assert "There is no channel RFP; choose from 0 (GFP), 1" in capsys.readouterr().err


def test_blocks_give_the_same_labels(two_channels: Path, tmp_path: Path) -> None:
    whole = segment_file(two_channels, tmp_path).segmentation.labels
    large = tmp_path / "a.zarr"
    assert main(["segment", str(two_channels), "-o", str(large), "--block", "128"]) == 0
    blocks = open_image(large)
    np.testing.assert_array_equal(np.asarray(blocks.pixels[:]) > 0, whole > 0)
    assert blocks.pixel_size == pytest.approx(PIXEL_SIZE)
    assert blocks.calibrations["Z"].spacing == pytest.approx(SPACING)


def test_the_first_images_are_measured_in_the_channel_that_is_named(
    two_channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.czi", "b.czi"):
        (tmp_path / name).write_bytes(two_channels.read_bytes())
    command = ["segment", str(tmp_path), "-o", str(tmp_path / "out"), "--channel"]
    assert main([*command, "DAPI", "--diameter-from-first"]) == 0
    assert "px, measured in the first 2 images" in capsys.readouterr().out
