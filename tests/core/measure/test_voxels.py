from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.voxels import VoxelSize, voxel_sides


def test_sides_are_given_for_all_axes_or_each() -> None:
    assert voxel_sides(None, "YX") is None
    assert voxel_sides(2, "ZYX") == (2, 2, 2)
    assert voxel_sides([3, 1, 1], "ZYX") == (3, 1, 1)
    assert voxel_sides([3, 1, 1], "YX") == (1, 1)
    assert voxel_sides(np.array([0.5, 0.5]), "YX") == (0.5, 0.5)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((1, 2), r"must be square .* 1\.0 \(Y\) and 2\.0"),
        ((1, 1), None),
        (0, "positive side"),
        (float("nan"), "positive side"),
        ("0.5", "positive side in µm.* got '0.5'"),
        (True, "positive side"),
        ((0.5, "1"), "positive side"),
        ((1, 1, 1, 1), "one for each of the axes YX"),
    ],
)
def test_sides_that_do_not_fit_are_refused(
    size: VoxelSize, message: str | None
) -> None:
    if message is None:
        assert voxel_sides(size, "YX") == (1, 1)
        return
    with pytest.raises(ValueError, match=message):
        voxel_sides(size, "YX")
