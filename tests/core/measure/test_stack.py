from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.stack import LabelledStack, block_windows


def stack_of(shape: tuple[int, ...], axes: str | None, joined: bool | None = None):
    labels = np.arange(np.prod(shape)).reshape(shape)
    return LabelledStack.of_arrays(labels, {"a": labels[..., None]}, None, axes, joined)


def test_planes_are_read_in_their_order_with_y_before_x() -> None:
    stack = stack_of((4, 2, 3), "XTY")
    assert stack.stack_axes == ("T",)
    assert list(stack.indices()) == [(0,), (1,)]
    region = stack.region((1,))
    assert region.labels.shape == (3, 4)
    np.testing.assert_array_equal(region.labels.read(), stack.labels[:, 1].T)
    window = (slice(1, 3), slice(0, 2))
    np.testing.assert_array_equal(
        region.images["a"].read(window)[..., 0], stack.labels[0:2, 1, 1:3].T
    )


def test_unnamed_axes_count_planes() -> None:
    stack = stack_of((2, 3, 4, 5), None)
    assert stack.stack_axes == ("plane",)
    assert list(stack.indices()) == [(n,) for n in range(6)]
    np.testing.assert_array_equal(stack.region((4,)).labels.read(), stack.labels[1, 1])


def test_volumes_are_read_whole() -> None:
    stack = stack_of((2, 3, 4, 5), "TZYX", joined=True)
    assert stack.stack_axes == ("T",)
    assert stack.region((1,)).labels.shape == (3, 4, 5)


@pytest.mark.parametrize(
    ("axes", "message"),
    [(None, "need the axes of the labels"), ("TYX", "need an axis Z")],
)
def test_joined_nuclei_need_an_axis_z(axes: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stack_of((2, 3, 4), axes, joined=True)


def test_blocks_cover_a_plane_once() -> None:
    seen = np.zeros((5, 7), int)
    for window in block_windows((5, 7), (2, 3)):
        seen[window] += 1
    assert (seen == 1).all()
