from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.training.datasets import Sample
from napari_nuclei.training.holdout import (
    ENOUGH,
    SHORTEST,
    best_cut,
    count_nuclei,
    divide,
    hold_out,
    nuclei_spans,
)

PLACES = st.lists(
    st.tuples(st.integers(3, 96), st.integers(3, 126), st.integers(2, 9)),
    min_size=2,
    max_size=14,
)


def sample(labels: np.ndarray, name: str = "made", known=None) -> Sample:
    return Sample(name, labels.astype(np.uint8), labels, known)


def known_of(some: Sample) -> np.ndarray:
    return np.ones(some.labels.shape, bool) if some.known is None else some.known


@given(places=PLACES, fraction=st.floats(0.05, 0.6), partly=st.booleans())
def test_the_parts_share_no_pixel_and_no_nucleus(
    discs, places, fraction, partly
) -> None:
    labels = discs((100, 130), places)
    known = np.indices(labels.shape).sum(0) % 7 > 0 if partly else None
    whole = sample(labels, known=known)
    cut = best_cut([whole], fraction)
    if cut is None:
        return
    kept, held = divide(whole, cut)
    assert not (kept.known & held.known).any()
    assert (known_of(whole) | ~(kept.known | held.known)).all()
    assert kept.labels.any()
    assert held.labels.any()
    numbers = [set(np.unique(part.labels)) - {0} for part in (kept, held)]
    assert not numbers[0] & numbers[1]
    for part in (kept, held):
        assert part.known[part.labels > 0].all()
        np.testing.assert_array_equal(
            part.labels[part.known], labels[part.known], "known pixels keep their label"
        )
        rows, columns = np.nonzero(part.known)
        assert min(np.ptp(rows), np.ptp(columns)) >= SHORTEST - 2
    # Unknown to both is only what was unknown, and nuclei on the line.
    lost = known_of(whole) & ~(kept.known | held.known)
    assert not np.isin(labels[lost], [0, *numbers[0], *numbers[1]]).any()


@given(places=PLACES)
def test_spans_are_those_of_every_nucleus(discs, places) -> None:
    labels = discs((100, 130), places)
    spans = nuclei_spans(labels)
    numbers = [n for n in np.unique(labels) if n]
    for number, (top, bottom, left, right) in zip(numbers, spans, strict=True):
        rows, columns = np.nonzero(labels == number)
        assert (rows.min(), rows.max()) == (top, bottom)
        assert (columns.min(), columns.max()) == (left, right)


def test_about_the_wanted_share_is_held_out_of_one_image(discs) -> None:
    grid = [(r, c, 6) for r in range(12, 240, 24) for c in range(12, 240, 24)]
    labels = discs((240, 240), grid)
    kept, held = hold_out([sample(labels)], 0.25, 0)
    assert count_nuclei(kept[0].labels) + count_nuclei(held[0].labels) == len(grid)
    assert count_nuclei(held[0].labels) == pytest.approx(len(grid) / 4, abs=6)


def test_of_ten_nuclei_three_are_held_out(discs) -> None:
    labels = discs((128, 260), [(60, 13 + 25 * n, 8) for n in range(10)])
    kept, held = hold_out([sample(labels)], 0.1, 0)
    assert [count_nuclei(x.labels) for x in (*kept, *held)] == [7, 3]


def test_planes_of_a_stack_are_cut_at_one_place(discs) -> None:
    planes = [
        sample(discs((100, 200), [(40, c, 8) for c in columns]), f"z{number}")
        for number, columns in enumerate([(20, 60), (60, 100), (140, 180)])
    ]
    kept, held = hold_out(planes, 0.25, 0, groups=["stack"] * 3)
    assert len(kept) == len(held) == 3
    assert len({part.known.sum(axis=1).max() for part in held}) == 1
    used = np.any([part.known for part in kept], axis=0)
    assert not (used & np.any([part.known for part in held], axis=0)).any()


def test_of_many_images_whole_ones_are_held_out(discs) -> None:
    samples = [
        sample(discs((64, 64), [(20, 20, 5)]), str(number)) for number in range(10)
    ]
    blank = sample(np.zeros((64, 64), np.int32), "blank")
    kept, held = hold_out([blank, *samples], 0.2, 3)
    assert len(samples) > ENOUGH
    assert len(held) == 2
    assert {s.name for s in kept} | {s.name for s in held} == {
        "blank",
        *(s.name for s in samples),
    }
    assert all(s.labels.any() for s in held)
    assert hold_out([blank, *samples], 0.2, 3) == (kept, held)


def test_images_of_one_nucleus_each_are_held_out_whole(discs) -> None:
    samples = [sample(discs((64, 64), [(20, 20, 5)]), name) for name in "ab"]
    kept, held = hold_out(samples, 0.2, 0)
    assert [x.name for x in kept] == ["b"]
    assert [x.name for x in held] == ["a"]


@pytest.mark.parametrize(
    ("shape", "places"),
    [
        ((100, 100), [(50, 50, 9)]),
        ((100, 100), [(20, 20, 5), (21, 26, 5)]),
        ((40, 40), [(8, 8, 4), (30, 30, 4)]),
        ((100, 100), []),
    ],
    ids=["one nucleus", "too near the edge", "too small", "none"],
)
def test_what_cannot_be_parted_is_refused(discs, shape, places) -> None:
    with pytest.raises(ValueError, match="paint at least two, so far apart"):
        hold_out([sample(discs(shape, places))], 0.25, 0)
