from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.data.annotation_file import write_annotations
from napari_nuclei.data.datasets import Sample, read_dataset
from napari_nuclei.data.sample_inputs import as_samples, as_training_samples

BINARY = pytest.mark.filterwarnings("ignore:.*binary:UserWarning")


@pytest.fixture
def labels(discs) -> NDArray[np.int32]:
    return discs((40, 50), [(15, 15, 5), (28, 35, 6), (8, 40, 4)])


@pytest.fixture
def image(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    return np.where(labels > 0, 200, 20).astype(np.uint8)


@pytest.fixture
def data_set(tmp_path: Path, image: Any, labels: Any) -> Path:
    """Return a folder with the folders train, val and test of one image each."""
    for split in ("train", "val", "test"):
        (tmp_path / split).mkdir()
        tifffile.imwrite(tmp_path / split / f"{split}.tif", image)
        tifffile.imwrite(tmp_path / split / f"{split}_mask.tif", labels)
    return tmp_path


def names(samples: list[Sample] | None) -> list[str]:
    return [sample.name for sample in samples or ()]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda x, y: [(x, y), (x, y)], id="pairs"),
        pytest.param(lambda x, y: ((x, y), (x, y)), id="tuple of pairs"),
        pytest.param(lambda x, y: [[x, y], [x, y]], id="pairs as lists"),
        pytest.param(lambda x, y: (np.stack([x, x]), np.stack([y, y])), id="stacks"),
        pytest.param(lambda x, y: ([x, x], [y, y]), id="lists of arrays"),
        pytest.param(lambda x, y: [(x, y > 0), (x, y > 0)], id="binary masks"),
        pytest.param(lambda x, y: [(x, 255 * (y > 0))] * 2, id="masks of 0 and 255"),
        pytest.param(lambda x, y: [(x, (y > 0) * 1.0)] * 2, id="masks of 0.0 and 1.0"),
        pytest.param(lambda x, y: [(x, y.astype(float))] * 2, id="labels as floats"),
        pytest.param(
            lambda x, y: (np.stack([x, x])[..., None], np.stack([y, y])[..., None]),
            id="stacks with a channel, as Keras has them",
        ),
    ],
)
@BINARY
def test_arrays_become_numbered_samples(make: Any, image: Any, labels: Any) -> None:
    samples = as_samples(make(image, labels))
    assert names(samples) == ["image 1", "image 2"]
    for sample in samples:
        np.testing.assert_array_equal(sample.image, image)
        np.testing.assert_array_equal(sample.labels > 0, labels > 0)
        assert sample.labels.dtype == np.int32
        assert sample.labels.max() == 3


def test_one_image_with_its_labels_is_one_sample(image: Any, labels: Any) -> None:
    (grey,) = as_samples((image, labels))
    assert grey.image.shape == (40, 50)
    (colour,) = as_samples((np.dstack([image] * 3), labels))
    assert colour.image.shape == (40, 50, 3)
    assert as_samples(grey) == [grey]
    assert as_samples([grey, colour]) == [grey, colour]


def test_an_image_with_labels_of_one_channel_is_one_sample(
    image: Any, labels: Any
) -> None:
    (sample,) = as_samples((np.dstack([image] * 3), labels[..., np.newaxis]))
    np.testing.assert_array_equal(sample.labels > 0, labels > 0)
    (sample,) = as_samples((image[..., np.newaxis], labels[..., np.newaxis]))
    assert sample.image.shape == (40, 50)


def test_images_and_labels_may_be_two_paths(
    tmp_path: Path, image: Any, labels: Any
) -> None:
    for folder, pixels in (("x", image), ("y", labels)):
        (tmp_path / folder).mkdir()
        tifffile.imwrite(tmp_path / folder / "a.tif", pixels)
    assert names(as_samples((tmp_path / "x", tmp_path / "y"))) == ["a"]
    files = (str(tmp_path / "x" / "a.tif"), str(tmp_path / "y" / "a.tif"))
    assert names(as_samples(files)) == names(as_samples([files])) == ["a"]


def test_binary_masks_are_said_with_the_number_of_nuclei(
    image: Any, labels: Any
) -> None:
    with pytest.warns(ImageWarning, match="All 2 masks are binary: 6 nuclei by conn"):
        as_samples([(image, 255 * (labels > 0))] * 2)
    with pytest.warns(ImageWarning, match="1 of 2 masks is binary: 3 nuclei"):
        samples = as_samples([(image, labels > 0), (image, labels)])
    assert [sample.mask_kind for sample in samples] == ["binary", "labels"]


def test_the_parts_of_a_data_set_stay_apart_in_lists(data_set: Path) -> None:
    data = read_dataset(data_set)
    assert names(as_samples(data, split="test")) == ["test"]
    assert names(as_samples(data.val, split="test")) == ["val"]
    assert names(as_samples(list(data)[:2], split="test")) == ["val"]
    with pytest.warns(ImageWarning, match="Not trained on: 1 image of the part test"):
        training, validation = as_training_samples(list(data))
    assert (names(training), names(validation)) == (["train"], ["val"])
    training, validation = as_training_samples(data.test)
    assert (names(training), validation) == (["test"], None)
    training, validation = as_training_samples(data.train, data.test)
    assert (names(training), names(validation)) == (["train"], ["test"])


def test_val_stands_in_for_a_missing_test_part(data_set: Path) -> None:
    for file in (data_set / "test").iterdir():
        file.unlink()
    (data_set / "test").rmdir()
    (sample,) = as_samples(data_set, split="test")
    assert (sample.name, sample.split) == ("val", "val")


def test_a_path_is_read_with_the_requested_split(
    data_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(as_samples(data_set)) == ["train", "val", "test"]
    assert names(as_samples(str(data_set), split="test")) == ["test"]
    assert names(as_samples(data_set / "val", split="test")) == ["val"]
    monkeypatch.setenv("HOME", str(data_set))
    monkeypatch.setenv("USERPROFILE", str(data_set))
    assert names(as_samples("~", split="test")) == ["test"]


def test_a_training_finds_its_validation_set(data_set: Path, image, labels) -> None:
    training, validation = as_training_samples(data_set)
    assert (names(training), names(validation)) == (["train"], ["val"])
    training, validation = as_training_samples(data_set, data_set / "test")
    assert (names(training), names(validation)) == (["train"], ["test"])
    training, validation = as_training_samples((image, labels), [(image, labels)])
    assert (names(training), names(validation)) == (["image 1"], ["validation image 1"])
    assert as_training_samples([(image, labels)])[1] is None


def test_the_annotations_of_a_training_are_read(tmp_path: Path, image, labels) -> None:
    first, second = (Sample(name, image, labels) for name in "ab")
    path = tmp_path / "annotations.npz"
    write_annotations(path, [first], [second])
    assert names(as_samples(path)) == ["a", "b"]
    assert [names(x) for x in as_training_samples(path)] == [["a"], ["b"]]


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "a number": (3, TypeError, "must be a path, a Sample, .*; got int"),
    "an image without labels": (np.zeros((4, 5)), TypeError, "; got numpy.ndarray"),
    "images without labels": ([np.zeros((4, 5))] * 2, TypeError, "image 1 is numpy"),
    "text in a list": (["ab"], TypeError, "image 1 is str"),
    "too few labels": (
        (np.zeros((3, 4, 5)), np.zeros((2, 4, 5), int)),
        ValueError,
        "labels for each image; got 3 images and 2 labels",
    ),
    "another size": (
        [(np.zeros((4, 5)), np.zeros((4, 6), int))],
        ValueError,
        r"image 1: The mask must .* \(4, 5\); got \(4, 6\)",
    ),
    "a stack for an image": (
        [(np.zeros((2, 4, 5)), np.zeros((2, 4, 5), int))],
        ValueError,
        r"its labels \(Y, X\); got \(2, 4, 5\) and \(2, 4, 5\)",
    ),
    "fractions": (
        [(np.zeros((2, 2)), np.array([[0, 1.25], [2.5, 3]]))],
        ValueError,
        "image 1: A mask must be binary or hold one whole number per nucleus",
    ),
    "no such folder": ("nowhere", OSError, "nowhere: There is no such folder"),
}


@pytest.mark.parametrize(("data", "error", "message"), BAD.values(), ids=BAD)
def test_other_data_is_refused_in_one_line(
    data: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        as_samples(data)
    assert "\n" not in str(caught.value)
