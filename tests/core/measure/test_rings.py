from __future__ import annotations

import numpy as np
import pytest
from skimage.segmentation import expand_labels

from napari_nuclei.core.measure import rings
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.measure.rings import expand, find_ring


@pytest.mark.parametrize("distance", [0, 1, 2.5, 9])
def test_nuclei_grow_as_in_scikit_image(
    discs, distance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = discs((90, 80), [(20, 20, 9), (21, 43, 8), (60, 40, 12), (5, 70, 3)])
    expected = expand_labels(labels, distance)
    np.testing.assert_array_equal(expand(labels, distance), expected)
    monkeypatch.setattr(rings, "MIN_BAND", 7)
    in_bands = expand(labels, distance)
    np.testing.assert_array_equal(in_bands > 0, expected > 0)
    np.testing.assert_array_equal(in_bands[labels > 0], labels[labels > 0])


def test_planes_grow_alone_and_volumes_along_z() -> None:
    labels = np.zeros((3, 5, 5), np.uint8)
    labels[1, 2, 2] = 4
    assert expand(labels, 1)[0].sum() == 0
    assert expand(labels, 1, axes="ZYX")[0].sum() == 4
    assert expand(labels, 1, axes="ZYX", spacing=(2, 1, 1))[0].sum() == 0
    assert expand(labels, 1).dtype == np.uint8


def test_rings_overlap_neither_nuclei_nor_each_other(discs) -> None:
    labels = discs((60, 60), [(20, 20, 8), (20, 38, 8)])
    positions, numbers = find_ring(labels, 1, 3)
    assert len(np.unique(positions)) == len(positions)
    assert not labels.ravel()[positions].any()
    assert set(numbers.tolist()) == {1, 2}
    assert np.isin(positions, np.flatnonzero(expand(labels, 4))).all()
    assert not np.isin(positions, np.flatnonzero(expand(labels, 1))).any()


def test_the_ratio_to_the_ring_is_that_of_the_means(discs) -> None:
    labels = discs((60, 60), [(30, 30, 10)])
    image = np.where(labels > 0, 80.0, 20.0)
    row = measure(labels, {"a": image}, ring=(0, 3)).iloc[0]
    assert row["a_ring_mean"] == 20
    assert row["a_ring_ratio"] == 4
    in_um = measure(labels, {"a": image}, ring=("0um", "1.5um"), pixel_size=0.5)
    assert in_um["a_ring_sum"].iloc[0] == row["a_ring_sum"]


def test_a_nucleus_without_room_for_a_ring_has_none() -> None:
    labels = np.array([[1, 1, 2, 2, 0, 0]])
    table = measure(labels, {"a": labels * 1.0}, ring=(0, 2))
    assert np.isnan(table.loc[1, "a_ring_mean"])
    assert table.loc[2, "a_ring_mean"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"distance": -1}, "distance must be 0 or more; got -1"),
        ({"distance": 1, "axes": "ZY"}, "axes must name the 2 axes"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expand(np.eye(4, dtype=int), **arguments)  # type: ignore[arg-type]
