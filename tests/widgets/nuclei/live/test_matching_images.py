from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_nuclei.widgets.nuclei.live.matching_images import (
    column_names,
    image_arrays,
    is_aligned,
    labels_data,
)

SCENE = np.arange(40 * 50).reshape(40, 50)


def labels(shape=(10, 12), **arguments) -> Labels:
    return Labels(np.ones(shape, int), **arguments)


def image(data=SCENE, **arguments) -> Image:
    return Image(data, name="dapi", **arguments)


def read(arrays) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(array[(slice(None),) * len(array.shape)])
        for name, array in arrays.items()
    }


@pytest.mark.parametrize("kind", [np.asarray, da.asarray], ids=["numpy", "dask"])
def test_labels_of_a_crop_are_measured_where_they_lie(kind) -> None:
    cropped = labels(translate=(5, 7))
    found = read(image_arrays(image(kind(SCENE)), "dapi", cropped))
    np.testing.assert_array_equal(found["dapi"], SCENE[5:15, 7:19])


def test_a_crop_in_micrometres_is_found_too() -> None:
    scaled = {"scale": (0.25, 0.25), "rotate": 30}
    whole = image(**scaled)
    start = whole.data_to_world((5, 7))
    cropped = labels(translate=start, **scaled)
    found = read(image_arrays(whole, "dapi", cropped))
    np.testing.assert_array_equal(found["dapi"], SCENE[5:15, 7:19])
    assert not is_aligned(whole, cropped)


def test_the_whole_image_is_not_copied() -> None:
    whole = image()
    found = image_arrays(whole, "dapi", labels(SCENE.shape))
    assert np.shares_memory(found["dapi"], whole.data)
    assert is_aligned(whole, labels(SCENE.shape))


def test_colours_stay_and_channels_become_images() -> None:
    rgb = np.zeros((10, 12, 3), np.uint8)
    assert image_arrays(image(rgb, rgb=True), "a", labels())["a"].shape == (10, 12, 3)
    channels = np.stack([np.full((10, 12), n) for n in range(3)])
    layer = image(channels, axis_labels=("c", "y", "x"))
    found = read(image_arrays(layer, "a", labels()))
    assert {name: array.max() for name, array in found.items()} == {
        "a_0": 0,
        "a_1": 1,
        "a_2": 2,
    }


def test_the_largest_level_of_a_pyramid_is_measured() -> None:
    layer = image([SCENE, SCENE[::2, ::2]], multiscale=True)
    found = image_arrays(layer, "a", labels(SCENE.shape))
    np.testing.assert_array_equal(found["a"], SCENE)


def test_an_axis_of_channels_of_labels_is_left_out() -> None:
    layer = labels((10, 12, 1))
    assert labels_data(layer).shape == (10, 12)
    assert np.shares_memory(labels_data(layer), layer.data)


@pytest.mark.parametrize(
    ("of_image", "of_labels", "message"),
    [
        ({}, {"shape": (60, 50)}, "has 40 x 50 pixels, the labels have 60 x 50"),
        ({}, {"shape": (2, 40, 50)}, "has 40 x 50 pixels, the labels have 2 x 40 x 50"),
        ({"scale": (0.5, 0.5)}, {}, "pixels of 0.5 x 0.5, the labels have pixels of 1"),
        ({"rotate": 20}, {}, "is rotated or sheared"),
        ({"translate": (0.5, 0)}, {}, "shifted by 0.5, 0 pixels, which are not whole"),
        ({"translate": (3, 0)}, {}, "covers only a part of the labels"),
        ({"translate": (-35, 0)}, {}, "covers only a part of the labels"),
    ],
    ids=["smaller", "axes", "scale", "rotated", "half a pixel", "after", "before"],
)
def test_other_pixels_are_refused_with_the_reason(of_image, of_labels, message) -> None:
    with pytest.raises(ValueError, match="Image 'dapi'") as caught:
        image_arrays(image(**of_image), "dapi", labels(**of_labels))
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert not is_aligned(image(**of_image), labels(**of_labels))


def test_names_of_columns_are_different_identifiers() -> None:
    names = ["488", "488", "Ki 67", "µ-tubulin", ""]
    found = column_names(names)
    assert found == ["image_488", "image_488_2", "Ki_67", "µ_tubulin", "image"]
    assert all(name.isidentifier() for name in found)
