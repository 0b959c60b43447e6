from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.linking.linking_settings import LinkSettings
from napari_nuclei.core.linking.stack_joiner import StackJoiner, check_slices
from napari_nuclei.core.simulation.synthetic_volume import synthetic_volume


def number_slices(truth: np.ndarray) -> np.ndarray:
    """Number the outlines of every slice from 1."""
    slices = np.zeros_like(truth)
    for plane, new in zip(truth, slices, strict=True):
        new[...] = np.unique(plane, return_inverse=True)[1].reshape(plane.shape)
    return slices


@pytest.mark.parametrize("axes", ["TZYX", "ZTYX", "ZCYX", "YXZ"])
def test_volumes_are_joined_whatever_the_order_of_the_axes(axes: str) -> None:
    image, truth = synthetic_volume((8, 60, 70), blur_z=0, seed=3)
    slices = number_slices(truth)
    order, other = "ZYX", 1
    if "T" in axes or "C" in axes:
        order, other = ("T" if "T" in axes else "C") + order, 2
        image = np.stack([image] * 2)
    wanted = [order.index(axis) for axis in axes]
    layout = make_layout(
        image.transpose(wanted).shape, axes, 1 if "C" in axes else None
    )
    image = image.transpose(wanted)
    labels = np.zeros(layout.label_shape, np.int32)
    joiner = StackJoiner(layout, LinkSettings(min_slices=1, min_volume=0))
    for index in layout.plane_indices():
        z = index[layout.stack_axes.index("Z")]
        layout.write_plane(labels, index, slices[z])
        joiner.add(index, slices[z], layout.read_plane(image, index))
    joined = joiner.finish()
    joined.join_stack(labels, image, layout)
    volumes = 2 if "T" in axes and other == 2 else 1
    count = len(np.unique(truth)) - 1
    assert len(joined.areas) == np.unique(labels).size - 1
    assert len(joined.areas) == pytest.approx(volumes * count, abs=volumes)
    if volumes == 2:
        first, second = (labels.take(t, axes.index("T")) for t in (0, 1))
        shift = len(joined.areas) // 2
        np.testing.assert_array_equal(np.where(first > 0, first + shift, 0), second)


@pytest.mark.parametrize(
    ("shape", "axes", "message"),
    [
        ((5, 8, 8), "TYX", "joined along an axis Z; the axes are TYX"),
        ((8, 8), "YX", "has one slice only"),
        ((1, 8, 8), "ZYX", "has one slice only"),
    ],
)
def test_without_slices_there_is_nothing_to_join(
    shape: tuple[int, ...], axes: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_slices(make_layout(shape, axes))
