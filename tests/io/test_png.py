from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from napari_nuclei.io.png import (
    MAX_LABEL,
    encode_labels_png,
    encode_mask_png,
    encode_png,
)


def decode(content: bytes, flags: int = cv2.IMREAD_UNCHANGED) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), flags)


def test_an_encoded_picture_comes_back(rng: np.random.Generator) -> None:
    picture = rng.integers(0, 255, (20, 30, 3), np.uint8)
    again = decode(encode_png(picture), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(again, picture)


@pytest.mark.parametrize("highest", [0, 1, 300, MAX_LABEL])
def test_labels_come_back_with_16_bits(highest: int) -> None:
    labels = np.arange(20 * 30).reshape(20, 30) % (highest + 1)
    labels[0, 0] = highest
    again = decode(encode_labels_png(labels))
    assert again.dtype == np.uint16
    np.testing.assert_array_equal(again, labels)


def test_a_mask_is_black_and_white() -> None:
    labels = np.array([[0, 1, 70_000], [2, 0, 0]])
    np.testing.assert_array_equal(
        decode(encode_mask_png(labels)), [[0, 255, 255], [255, 0, 0]]
    )


def test_more_labels_than_a_png_can_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="A PNG holds labels up to 65535; got 65536"):
        encode_labels_png(np.array([[MAX_LABEL + 1]]))


@pytest.mark.parametrize(
    "picture",
    [np.zeros((2, 3, 4), np.uint8), np.zeros((2, 3)), np.zeros(3, np.uint8)],
    ids=["four channels", "floats", "one axis"],
)
def test_other_arrays_are_refused(picture: np.ndarray) -> None:
    with pytest.raises(
        ValueError, match="A PNG holds grey or RGB of 8 or 16 bits; got"
    ):
        encode_png(picture)


def test_a_file_names_the_program_that_wrote_it(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(encode_mask_png(np.ones((3, 4), int)))
    with Image.open(tmp_path / "a.png") as file:
        file.load()  # checks the sums of all chunks
        assert file.info["Software"].startswith("napari-nuclei ")
