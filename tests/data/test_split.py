from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import (
    MIN_WHOLE_IMAGES,
    count_nuclei,
    hold_out,
)

CIRCLES = st.lists(
    st.tuples(st.integers(3, 96), st.integers(3, 126), st.integers(2, 9)),
    min_size=2,
    max_size=14,
)


def sample(labels: np.ndarray, name: str = "made", annotated=None) -> Sample:
    return Sample(name, labels.astype(np.uint8), labels, annotated)


def numbers(some: Sample) -> set[int]:
    return set(np.unique(some.labels).tolist()) - {0}


@given(circles=CIRCLES, fraction=st.floats(0.05, 0.6), partly=st.booleans())
def test_a_split_image_shares_and_loses_no_pixel_and_no_nucleus(
    discs, circles, fraction, partly
) -> None:
    labels = discs((100, 130), circles)
    annotated = np.indices(labels.shape).sum(0) % 7 > 0 if partly else None
    whole = sample(labels, annotated=annotated)
    if count_nuclei(labels) < 2:
        return
    (training,), (held_out,) = hold_out([whole], fraction, 0)
    assert not (training.annotated & held_out.annotated).any()
    np.testing.assert_array_equal(
        training.annotated | held_out.annotated,
        np.ones_like(training.annotated) if annotated is None else annotated,
    )
    assert numbers(training)
    assert numbers(held_out)
    assert not numbers(training) & numbers(held_out)
    for part in (training, held_out):
        assert part.annotated[part.labels > 0].all()
        np.testing.assert_array_equal(
            part.labels[part.annotated],
            labels[part.annotated],
            "annotated pixels keep labels",
        )


def test_about_the_wanted_fraction_of_an_image_is_held_out(discs) -> None:
    grid = [(r, c, 6) for r in range(12, 240, 24) for c in range(12, 240, 24)]
    training, held_out = hold_out([sample(discs((240, 240), grid))], 0.25, 0)
    assert count_nuclei(held_out[0].labels) == 25
    assert count_nuclei(training[0].labels) == len(grid) - 25


def test_three_of_ten_nuclei_are_held_out_in_three_clusters(discs) -> None:
    labels = discs((128, 260), [(60, 13 + 25 * n, 8) for n in range(10)])
    training, held_out = hold_out([sample(labels)], 0.1, 0)
    assert numbers(held_out[0]) == {2, 6, 9}
    assert count_nuclei(training[0].labels) == 7


@pytest.mark.parametrize(
    "corner", [(2, 4), (2, 204)], ids=["training side", "held-out side"]
)
def test_painted_background_is_in_both_parts(discs, corner) -> None:
    labels = discs((100, 260), [(50, 13 + 25 * n, 8) for n in range(10)])
    rows, columns = corner
    labels[rows : rows + 5, columns : columns + 20] = 99
    whole = ignore_unpainted(sample(labels), background=99)
    (training,), (held_out,) = hold_out([whole], 0.25, 0)
    painted = labels == 99
    assert not (training.annotated & held_out.annotated).any()
    assert np.count_nonzero(training.annotated & painted) >= 70
    assert np.count_nonzero(held_out.annotated & painted) >= 20


def test_planes_of_a_stack_are_split_in_the_same_way(discs) -> None:
    planes = [
        sample(discs((100, 300), [(40 + 3 * z, c + z, 8) for c in columns]), f"z{z}")
        for z, columns in enumerate([(20, 60, 200), (60, 130), (130, 250)])
    ]
    training, held_out = hold_out(planes, 0.25, 0, groups=["stack"] * 3)
    assert len(training) == len(held_out) == 3
    used = np.any([part.annotated for part in training], axis=0)
    assert not (used & np.any([part.annotated for part in held_out], axis=0)).any()
    assert any(part.labels.any() for part in training)
    assert any(part.labels.any() for part in held_out)


def test_with_many_images_whole_images_are_held_out(discs) -> None:
    samples = [
        sample(discs((64, 64), [(20, 20, 5)]), str(number)) for number in range(10)
    ]
    blank = sample(np.zeros((64, 64), np.int32), "blank")
    training, held_out = hold_out([blank, *samples], 0.2, 3)
    assert len(samples) > MIN_WHOLE_IMAGES
    assert len(held_out) == 2
    assert {s.name for s in training} | {s.name for s in held_out} == {
        "blank",
        *(s.name for s in samples),
    }
    assert all(s.labels.any() for s in held_out)
    assert hold_out([blank, *samples], 0.2, 3) == (training, held_out)


def test_images_of_one_nucleus_each_are_held_out_whole(discs) -> None:
    samples = [sample(discs((64, 64), [(20, 20, 5)]), name) for name in "ab"]
    training, held_out = hold_out(samples, 0.2, 0)
    assert [x.name for x in training] == ["b"]
    assert [x.name for x in held_out] == ["a"]


@pytest.mark.parametrize("circles", [[(50, 50, 9)], []], ids=["one nucleus", "none"])
def test_too_few_nuclei_are_refused(discs, circles) -> None:
    with pytest.raises(ValueError, match=r"Too few nuclei .*; paint at least two"):
        hold_out([sample(discs((100, 100), circles))], 0.25, 0)


def test_planes_whose_nuclei_all_overlap_are_refused(discs) -> None:
    planes = [sample(discs((64, 64), [(30, 30 + z, 9)]), f"z{z}") for z in range(2)]
    with pytest.raises(ValueError, match=r"Too few nuclei .*; paint at least two"):
        hold_out(planes, 0.25, 0, groups=["stack", "stack"])
