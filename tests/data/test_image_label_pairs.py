from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_nuclei.data.image_label_pairs import (
    is_images,
    pair_arrays,
    sample_from_pair,
)

IMAGE = np.arange(6 * 9, dtype=np.uint8).reshape(6, 9)
LABELS = np.zeros((6, 9), np.int32)
LABELS[1:3, 1:4], LABELS[3:5, 5:8], LABELS[0, 8] = 4, 7, 9


def test_arrays_and_lists_of_arrays_are_images_and_paths_are_not() -> None:
    assert is_images(IMAGE)
    assert is_images([IMAGE, IMAGE])
    assert not is_images(["a.tif"])
    assert not is_images((IMAGE, LABELS))


@pytest.mark.parametrize(
    ("images", "labels", "count"),
    [
        (IMAGE, LABELS, 1),
        (IMAGE, LABELS[..., None], 1),
        (np.stack([IMAGE] * 3, axis=-1), LABELS, 1),
        (np.stack([IMAGE] * 3), np.stack([LABELS] * 3), 3),
        ([IMAGE] * 4, [LABELS] * 4, 4),
    ],
    ids=["image", "labels with a channel", "colours", "stack", "list"],
)
def test_images_are_paired_with_their_labels(images, labels, count: int) -> None:
    pairs = pair_arrays(images, labels)
    assert len(pairs) == count
    for number, pair in enumerate(pairs, 1):
        sample = sample_from_pair(pair, f"image {number}")
        assert sample.name == f"image {number}"
        np.testing.assert_array_equal(sample.labels > 0, LABELS > 0)
        assert sample.labels.max() == 3


def test_an_image_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="3 images and 2 labels"):
        pair_arrays([IMAGE] * 3, [LABELS] * 2)


def test_a_pair_of_paths_is_read(tmp_path: Path) -> None:
    for name, pixels in (("a.tif", IMAGE), ("b.tif", LABELS.astype(np.uint8))):
        tifffile.imwrite(tmp_path / name, pixels)
    sample = sample_from_pair((tmp_path / "a.tif", tmp_path / "b.tif"), "unused")
    assert sample.name == "a"
    np.testing.assert_array_equal(sample.image, IMAGE)


def test_a_pair_that_is_none_is_named() -> None:
    with pytest.raises(TypeError, match="image 2 is str"):
        sample_from_pair("a.tif", "image 2")
    with pytest.raises(ValueError, match=r"image 3: .* got \(6, 9\) and \(6,\)"):
        sample_from_pair((IMAGE, LABELS[:, 0]), "image 3")
