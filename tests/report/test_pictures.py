from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.io.label_files import write_labels
from napari_nuclei.report.pictures import (
    ON_BRIGHT,
    ON_DARK,
    draw_picture,
    encode_webp,
    limit_for,
    read_picture,
    side_for,
)


def near(picture: NDArray[Any], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    return np.abs(picture.astype(int) - colour).max(-1) < 40


@pytest.fixture
def square() -> NDArray[np.int32]:
    labels = np.zeros((200, 400), np.int32)
    labels[50:150, 100:300] = 70_000
    return labels


@pytest.mark.parametrize("kind", ["uint8", "uint16", "int32", "float64", "bool"])
def test_outlines_follow_the_nuclei_at_a_small_size(
    square: NDArray[np.int32], kind: str
) -> None:
    plane = (square > 0).astype(kind)
    picture = draw_picture(plane, square, 100)
    assert picture.shape == (50, 100, 3)
    outline = near(picture, ON_DARK)
    assert outline[12:14, 40:60].any(0).all()
    assert not outline[20:30, 40:60].any()
    assert picture[2, 2].max() < 20
    assert picture[25, 50].min() > 200


def test_bright_tissue_has_dark_outlines(square: NDArray[np.int32]) -> None:
    plane = np.full((200, 400, 3), 230, np.uint8)
    plane[::7, ::5] = (150, 60, 160)
    picture = draw_picture(plane, square, 400)
    assert near(picture, ON_BRIGHT)[50:150, 100:300].sum() > 300
    assert not near(picture, ON_DARK).any()


def test_without_an_image_the_nuclei_are_filled(square: NDArray[np.int32]) -> None:
    picture = draw_picture(None, square, 100)
    assert picture[25, 50].max() > 100
    assert not picture[2, 2].any()


def test_a_plane_with_nan_is_shown() -> None:
    plane = np.linspace(0, 1, 400).reshape(20, 20)
    plane[3, 3], plane[4, 4] = np.nan, np.inf
    assert draw_picture(plane, None, 10).shape == (10, 10, 3)


def test_the_middle_of_a_stack_is_shown_in_the_channel_that_was_segmented(
    tmp_path: Path,
) -> None:
    stack = np.zeros((5, 2, 40, 60), np.uint16)
    stack[2, 1, 10:30, 10:30] = 1000
    labels = np.zeros((5, 40, 60), np.int32)
    labels[2, 10:30, 10:30] = 1
    tifffile.imwrite(tmp_path / "a.tif", stack, imagej=True, metadata={"axes": "ZCYX"})
    write_labels(labels, tmp_path / "l.tif", axes="ZYX", pixel_size=0.25)
    found = read_picture(tmp_path / "a.tif", tmp_path / "l.tif", side=60, channel=1)
    assert (found.shape, found.pixel_size) == ((40, 60), 0.25)
    assert found.note == "slice 3 of 5"
    pixels = cv2.imdecode(np.frombuffer(found.content, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels[20, 20].min() > 200 > 30 > pixels[35, 50].max()
    assert found.uri.startswith("data:image/webp;base64,")
    alone = read_picture(None, tmp_path / "l.tif", side=60)
    assert alone.note == "slice 3 of 5"


def test_a_file_of_joined_slices_and_channels_has_its_outlines(tmp_path: Path) -> None:
    labels = np.zeros((3, 40, 40), np.int32)
    labels[0, 10:30, 10:30] = 1
    tifffile.imwrite(tmp_path / "a_z1_w1.tif", (labels[0] * 200).astype(np.uint8))
    write_labels(labels, tmp_path / "l.tif", axes="ZYX")
    found = read_picture(
        tmp_path / "a_z1_w1.tif", tmp_path / "l.tif", side=40, channel=1
    )
    assert found.note == "slice 1 of 3"
    pixels = cv2.imdecode(np.frombuffer(found.content, np.uint8), cv2.IMREAD_COLOR_RGB)
    # WebP smooths colours, but a grey picture would have no red in it.
    edge = np.asarray(pixels, int)[12:28, 10]
    assert (edge[:, 0] - edge[:, 2] > 30).all()


def test_labels_of_another_shape_are_left_out(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.eye(40, dtype=np.uint8) * 200)
    write_labels(np.ones((30, 30), int), tmp_path / "l.tif")
    found = read_picture(tmp_path / "a.tif", tmp_path / "l.tif", side=40)
    assert found.shape == (40, 40)
    with pytest.raises(ValueError, match="were not found"):
        read_picture(None, None, side=40)


def test_a_picture_of_noise_is_compressed_more() -> None:
    noise = np.random.default_rng(0).poisson(20, (1024, 1024)).astype(np.uint16)
    picture = draw_picture(noise, None, 320)
    limit = limit_for(1000)
    content = encode_webp(picture, limit)
    assert content[8:12] == b"WEBP"
    assert len(content) <= limit < len(encode_webp(picture))
    tiny = cv2.imdecode(np.frombuffer(encode_webp(picture, 1000), np.uint8), 1)
    assert tiny is not None and 20 < tiny.shape[0] < 100
    assert side_for(1000) == 320
