from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from napari_nuclei.widgets.train.number_patches import (
    SharedNumberError,
    check_numbers,
    number_patches,
    split_patches,
)

TEN = [(r, c, 8) for r in (20, 60) for c in (20, 60, 100, 140, 180)]


@pytest.fixture
def ten(discs):
    """Return ten separate patches, numbered 1 to 10, shape (80, 200)."""
    return discs((80, 200), TEN)


def check(labels) -> None:
    check_numbers(labels, None, (0, 1))


def test_ten_patches_of_one_number_are_refused(ten) -> None:
    with pytest.raises(SharedNumberError, match="10 separate patches have one number"):
        check((ten > 0).astype(int))
    with pytest.raises(SharedNumberError, match="10 separate patches have only 2 num"):
        check(np.where(ten > 5, 7, np.minimum(ten, 1)))


def test_numbers_of_their_own_are_accepted(ten) -> None:
    check(ten)
    check(np.zeros_like(ten))
    check((ten == 1).astype(int))
    # A correction may leave a nucleus in two parts.
    check(np.where(ten == 2, 1, ten))


def test_slips_of_the_brush_are_no_patches(ten) -> None:
    ten[2:4, 2:4] = 1
    ten[2:4, 30:32] = 2
    check(ten)
    assert split_patches(ten).count() == (0, 10)


def test_every_patch_gets_a_number_and_one_undo_takes_it_back(ten) -> None:
    painted = (ten > 0).astype(np.uint8) * 3
    layer = Labels(painted.copy())
    assert number_patches(layer, (0, 1)) == 9
    check(layer.data)
    assert sorted(np.unique(layer.data)) == [0, 3, *range(4, 13)]
    np.testing.assert_array_equal(layer.data > 0, ten > 0)
    layer.undo()
    np.testing.assert_array_equal(layer.data, painted)
    layer.redo()
    assert number_patches(layer, (0, 1)) == 0


def test_background_and_other_numbers_do_not_change(ten) -> None:
    painted = np.where(ten > 3, 5, ten)
    painted[0:3, :90] = painted[0:3, 110:] = 20
    layer = Labels(painted.copy())
    assert number_patches(layer, (0, 1), background=20) == 6
    np.testing.assert_array_equal(layer.data == 20, painted == 20)
    np.testing.assert_array_equal(layer.data[ten <= 3], painted[ten <= 3])
    assert sorted(np.unique(layer.data)) == [0, 1, 2, 3, 5, 20, *range(21, 27)]


@pytest.mark.parametrize("plane_axes", [(1, 2), (0, 1), (0, 2)], ids=str)
def test_patches_of_a_stack_are_numbered_plane_by_plane(ten, plane_axes) -> None:
    stack = np.stack([ten > 0, np.zeros_like(ten), ten[::-1] > 0]).astype(np.int32)
    (other,) = {0, 1, 2} - set(plane_axes)
    layer = Labels(np.moveaxis(stack, 0, other).copy())
    assert number_patches(layer, plane_axes) == 18
    numbered = np.moveaxis(layer.data, other, 0)
    for before, after in zip(stack, numbered, strict=True):
        np.testing.assert_array_equal(before > 0, after > 0)
        check(after)
    assert len(np.unique(numbered)) == 1 + 19  # number 1 in both planes


def test_a_layer_that_cannot_hold_the_numbers_is_not_changed(discs) -> None:
    many = discs(
        (300, 300), [(r, c, 4) for r in range(10, 300, 16) for c in range(10, 300, 16)]
    )
    layer = Labels((many > 0).astype(np.uint8))
    with pytest.raises(ValueError, match="numbers up to 255 only, and 361 are needed"):
        number_patches(layer, (0, 1))
    assert layer.data.max() == 1
