from __future__ import annotations

import weakref
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.linking import planes
from napari_nuclei.core.measure.nuclei import measure

link_planes = partial(planes.link_planes, anisotropy=1)

CENTRES = [(6, 15, 15), (6, 15, 40), (8, 40, 16), (9, 38, 38), (18, 16, 16)]


def draw_balls(radius: int = 9, stretch: float = 2.0) -> NDArray[np.int32]:
    """Draw five balls in slices; the last lies above the first."""
    z, y, x = np.ogrid[:24, :55, :55]
    truth = np.zeros((24, 55, 55), np.int32)
    for number, (cz, cy, cx) in enumerate(CENTRES, 1):
        square = ((z - cz) * stretch) ** 2 + (y - cy) ** 2 + (x - cx) ** 2
        truth[square <= radius**2] = number
    return truth


def number_slices(truth: NDArray[np.int32], rng: np.random.Generator):
    """Give the nuclei of every slice numbers of their own, in random order."""
    slices = np.zeros_like(truth)
    for plane, new in zip(truth, slices, strict=True):
        found = np.unique(plane[plane > 0])
        for old, number in zip(found, rng.permutation(len(found)) + 1, strict=True):
            new[plane == old] = number
    return slices


def same_objects(first: NDArray[np.int32], second: NDArray[np.int32]) -> bool:
    """Return whether two arrays of labels differ in numbers only."""
    pairs = np.unique(np.stack([first.ravel(), second.ravel()]), axis=1)
    return all(len(np.unique(side)) == pairs.shape[1] for side in pairs)


def test_slices_of_balls_become_the_balls(rng: np.random.Generator) -> None:
    truth = draw_balls()
    linked = link_planes(number_slices(truth, rng), min_slices=1)
    assert same_objects(linked, truth)
    assert np.unique(linked).tolist() == [0, 1, 2, 3, 4, 5]
    assert len(measure(linked, axes="ZYX")) == 5


def test_a_missed_slice_is_bridged_if_wanted(rng: np.random.Generator) -> None:
    slices = number_slices(draw_balls(), rng)
    slices[6][draw_balls()[6] == 2] = 0
    assert link_planes(slices).max() == 5
    assert link_planes(slices, max_gap=0).max() == 6
    slices[7][draw_balls()[7] == 2] = 0  # two slices are one too many
    assert link_planes(slices).max() == 6


def test_outlines_in_one_slice_only_are_removed(rng: np.random.Generator) -> None:
    slices = number_slices(draw_balls(), rng)
    slices[0, 50:54, 2:8] = 90
    assert link_planes(slices).max() == 5
    assert link_planes(slices, min_slices=1).max() == 6


def test_nuclei_on_top_of_each_other_are_split_at_the_waist() -> None:
    truth = draw_balls(radius=12)
    touching = np.where(np.isin(truth, [1, 5]), truth, 0)
    assert 0 not in touching[:, 15, 15][2:22].tolist()
    slices = (touching > 0).astype(int)
    linked = link_planes(slices)
    assert linked.max() == 2
    assert link_planes(slices, waist=0).max() == 1
    for number, other in ((1, 1), (2, 5)):
        both = np.sum((linked == number) & (truth == other))
        assert both / np.sum((linked == number) | (truth == other)) > 0.95


def test_volumes_of_a_series_have_numbers_of_their_own(
    rng: np.random.Generator,
) -> None:
    slices = number_slices(draw_balls(), rng)
    series = np.stack([slices, slices]).transpose(0, 2, 3, 1)  # T, Y, X, Z
    linked = link_planes(series, axes="TYXZ")
    assert np.unique(linked[0]).tolist() == [0, 1, 2, 3, 4, 5]
    assert np.unique(linked[1]).tolist() == [0, 6, 7, 8, 9, 10]


def test_lazy_labels_give_the_same_nuclei(rng: np.random.Generator) -> None:
    dask = pytest.importorskip("dask.array")
    slices = number_slices(draw_balls(), rng)
    lazy = dask.from_array(slices, chunks=(3, 20, 20))
    np.testing.assert_array_equal(link_planes(lazy), link_planes(slices))


class RecordedSlices:
    """Six slices of one label each, which record how many of them are alive."""

    dtype, shape = np.dtype(np.int64), (6, 4, 4)

    def __init__(self) -> None:
        self.read: list[int] = []
        self.alive = self.most_alive = 0

    def __getitem__(self, index: tuple[int, ...]) -> np.ndarray:
        self.read.append(index[0])
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        plane = np.full((4, 4), index[0] + 1)
        weakref.finalize(plane, self.forget)
        return plane

    def forget(self) -> None:
        self.alive -= 1


def test_slices_are_read_one_after_another() -> None:
    slices = RecordedSlices()
    linked = link_planes(slices)
    assert slices.read == [*range(6), *range(6)]
    assert np.unique(linked).tolist() == [1]
    assert slices.most_alive <= 4  # the new one, and two for a gap of one


@pytest.mark.parametrize(
    ("labels", "settings", "error", "message"),
    [
        (np.ones((1, 5, 5), int), {}, ValueError, "have one slice only"),
        (np.ones((5, 5), int), {}, ValueError, r"the axes ZYX; got .* \(5, 5\)"),
        (np.ones((2, 5, 5), int), {"axes": "TYX"}, ValueError, "no axis Z: .* ZYX"),
        (np.ones((2, 2, 5, 5), int), {"axes": "CZYX"}, ValueError, "got CZYX"),
        ([[[1.0, 2.0]]], {}, TypeError, "must be integers; got float64"),
        (np.full((2, 5, 5), 2**63, np.uint64), {}, ValueError, "at most; got 92233720"),
        (np.ones((2, 5, 5), int), {"trim": 0.5}, ValueError, "trim needs the image"),
        (np.ones((2, 5, 5), int), {"image": "a.tif"}, TypeError, "array of pixels"),
        (np.ones((2, 5, 5)), {}, TypeError, "labels must be integers"),
        (np.ones((2, 5, 5), int), {"max_gap": 2}, ValueError, "max_gap must be 0 or 1"),
        (np.ones((2, 5, 5), int), {"waist": 3}, ValueError, "waist must be 0 to 1"),
        (np.ones((2, 5, 5), int), {"min_slices": 0}, ValueError, "min_slices must be"),
    ],
)
def test_what_cannot_be_joined_is_refused(
    labels, settings, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        link_planes(labels, **settings)


def test_an_unknown_voxel_size_is_noted() -> None:
    labels = np.ones((3, 5, 5), int)
    with pytest.warns(ImageWarning, match=r"as far apart as pixels\. Give anisotropy="):
        linked = planes.link_planes(labels)
    assert np.array_equal(linked, labels)


def test_a_mask_is_noted() -> None:
    mask = np.where(draw_balls() > 0, 255, 0)
    with pytest.warns(ImageWarning, match="All nuclei have the number 255"):
        link_planes(mask)


def test_pixels_of_the_image_without_a_value_do_no_harm(
    rng: np.random.Generator,
) -> None:
    truth = draw_balls()
    slices = number_slices(truth, rng)
    image = np.where(truth > 0, 100.0, 10.0)
    whole = link_planes(slices, image)
    image[:, 30:34, 2:6] = np.nan
    assert np.array_equal(link_planes(slices, image), whole)
