from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.widgets.correct.suspects.missed_positions import find_missed


def make_run(planes, axes: str, shape):
    """Return a run with maps of half the size of its planes."""
    maps = {
        index: None
        if foreground is None
        else OutputMaps(foreground[None, ::2, ::2], shape[-2:], 0.5, ("foreground",))
        for index, foreground in planes.items()
    }
    return SimpleNamespace(
        source=SimpleNamespace(layout=make_layout(shape, axes)),
        planes=[
            SimpleNamespace(plane_index=index, maps=one) for index, one in maps.items()
        ],
    )


@pytest.fixture
def foreground(plane):
    return np.where(plane > 0, 0.9, 0.02).astype(np.float32)


def test_positions_of_all_planes_have_their_slice(plane, foreground) -> None:
    labels = np.stack([plane, plane, plane])
    labels[0, 80:, 70:110] = 0  # nucleus 5
    labels[2, :50, 130:] = 0  # nucleus 3
    planes = {(0,): foreground, (1,): None, (2,): foreground}
    found = find_missed(make_run(planes, "ZYX", labels.shape), labels, 20.0)
    assert list(found.index) == [-1, -2] and list(found["z"]) == [0, 2]
    centres = found[["centroid_y", "centroid_x"]].to_numpy()
    np.testing.assert_allclose(centres, [(90, 90), (30, 150)], atol=3)
    assert (found["error_probability"] > 0.3).all()


def test_labels_of_other_planes_or_without_gaps_have_no_positions(
    plane, foreground
) -> None:
    run = make_run({(): foreground}, "YX", plane.shape)
    assert len(find_missed(run, plane, None)) == 0
    assert len(find_missed(run, plane[:60], None)) == 0


def test_a_nucleus_that_was_deleted_is_not_missed(plane, foreground) -> None:
    run = make_run({(): foreground}, "YX", plane.shape)
    left = np.where(plane == 5, 0, plane)
    assert len(find_missed(run, left, 20.0)) == 1
    assert len(find_missed(run, left, 20.0, predicted=plane[None])) == 0


@pytest.mark.parametrize(("axes", "leading"), [("ZYX", ()), ("TZYX", (0,))])
def test_a_nucleus_that_is_missed_in_several_slices_is_one_position(
    plane, foreground, axes, leading
) -> None:
    labels = np.stack([plane * 0, *[np.where(plane == 5, 0, plane)] * 3])
    planes = {(*leading, z): foreground for z in (1, 2, 3)}
    labels[3, :50, 130:] = 0  # the end of nucleus 3
    labels = labels[(np.newaxis,) * len(leading)]
    run = make_run(planes, axes, labels.shape)
    found = find_missed(run, labels, 20.0, joined=True)
    centres = found[["centroid_y", "centroid_x"]].to_numpy()
    np.testing.assert_allclose(centres, [(90, 90)], atol=3)
    assert list(found.index) == [-1] and found["z"].iloc[0] in (1, 2, 3)
