from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_nuclei.widgets.layers.transform import (
    axis_spacing,
    layer_pixel_size,
    layer_transform,
    mixes_axis,
)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, None),
        ({"scale": (0.5, 0.5), "units": ("um", "um")}, 0.5),
        ({"scale": (650, 650), "units": ("nm", "nm")}, 0.65),
        ({"scale": (1, 4), "units": ("um", "um")}, 2),
        ({"scale": (0.5, 0.5), "units": ("um", "um"), "rotate": 30}, 0.5),
        ({"units": ("um", "um"), "affine": np.diag([3, 3, 1])}, 3),
        ({"scale": (0.5, 0.5), "units": ("pixel", "pixel")}, None),
    ],
    ids=["none", "um", "nm", "uneven", "rotated", "affine", "pixels"],
)
def test_pixels_have_a_size_in_micrometres_if_units_are_lengths(
    arguments, wanted
) -> None:
    layer = Image(np.zeros((8, 8)), **arguments)
    assert layer_pixel_size(layer) == (wanted and pytest.approx(wanted))


def test_the_transform_of_a_whole_layer_has_every_part() -> None:
    names = {"scale", "translate", "rotate", "shear", "affine", "units", "axis_labels"}
    assert set(layer_transform(Image(np.zeros((4, 4))))) == names


@pytest.mark.parametrize("angle", [0, 30], ids=["straight", "rotated"])
def test_a_binned_layer_covers_the_first_pixels_of_the_image(angle) -> None:
    image = Image(np.zeros((8, 8)), scale=(2, 3), translate=(5, 7), rotate=angle)
    binned = Labels(
        np.zeros((2, 2), int), **layer_transform(image, start=(2, 4), step=2)
    )
    # The centre of the first binned pixel is the corner between four image pixels.
    assert np.allclose(binned.data_to_world((0, 0)), image.data_to_world((2.5, 4.5)))
    assert np.allclose(binned.data_to_world((1, 1)), image.data_to_world((4.5, 6.5)))


@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing")
def test_an_axis_that_is_mixed_with_others_can_be_dropped() -> None:
    affine = np.eye(4)
    affine[1, 0] = 0.5  # rows move along with the first axis
    image = Image(np.zeros((4, 8, 8)), affine=affine)
    plane = Labels(np.zeros((8, 8), int), **layer_transform(image, 0, start=(2, 0, 0)))
    assert np.allclose(plane.data_to_world((3, 4)), image.data_to_world((2, 3, 4))[1:])


@pytest.mark.parametrize(
    ("row", "column", "mixed"),
    [(0, 1, True), (2, 0, True), (1, 2, False), (0, 0, False)],
    ids=["in its row", "in its column", "among others", "on the diagonal"],
)
def test_an_axis_is_mixed_if_its_row_or_column_holds_more(row, column, mixed) -> None:
    matrix = np.eye(3)
    matrix[row, column] = 0.5
    assert mixes_axis(matrix, 0) == mixed


@pytest.mark.parametrize(
    ("unit", "spacing"), [("um", 2.5), ("nm", 0.0025), ("second", None)]
)
def test_the_distance_of_slices_is_in_micrometres(unit, spacing) -> None:
    layer = Image(np.zeros((3, 8, 9)), scale=(2.5, 0.5, 0.5), units=(unit, "um", "um"))
    found = axis_spacing(layer, 0)
    assert found == (None if spacing is None else pytest.approx(spacing))
