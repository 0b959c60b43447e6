from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.image_kind import image_kind
from napari_nuclei.data.train_test_split import train_test_split


@pytest.fixture
def samples(discs) -> list[Sample]:
    """Return 20 grey images on dark, 10 coloured on bright, and one of large nuclei."""
    small = discs((60, 60), [(20, 20, 6), (40, 40, 6)])
    large = discs((90, 90), [(45, 45, 30)])
    dark = np.where(small > 0, 200, 20).astype(np.uint8)
    bright = np.stack([220 - dark, 180 - dark // 2, 230 - dark // 3], axis=-1)
    one = Sample("large", np.where(large > 0, 200, 20).astype(np.uint8), large)
    return [
        *(Sample(f"dark {n}", dark, small) for n in range(20)),
        *(Sample(f"bright {n}", bright, small) for n in range(10)),
        one,
    ]


def test_each_kind_has_its_share_in_both_parts(samples: list[Sample]) -> None:
    train, test = train_test_split(samples, 0.3, seed=4)
    assert Counter(sample.name.split()[0] for sample in test) == {
        "dark": 6,
        "bright": 3,
    }
    assert [
        s.name for s in samples if s in samples and s.name in names(train)
    ] == names(train)
    assert not set(names(train)) & set(names(test))
    assert len(train) + len(test) == 31
    assert {s.split for s in train} == {"train"}
    assert {s.split for s in test} == {"test"}


def names(samples: list[Sample]) -> list[str]:
    return [sample.name for sample in samples]


def test_the_seed_decides_and_the_order_does_not(samples: list[Sample]) -> None:
    first = set(names(train_test_split(samples, seed=1)[1]))
    assert set(names(train_test_split(samples[::-1], seed=1)[1])) == first
    assert set(names(train_test_split(samples, seed=2)[1])) != first


def test_groups_replace_the_kinds(samples: list[Sample]) -> None:
    groups = {s.name: str(i % 3) for i, s in enumerate(samples)}
    _, test = train_test_split(samples, 0.3, groups=groups)
    assert Counter(groups[s.name] for s in test) == {"0": 3, "1": 3, "2": 3}


def test_two_images_are_one_each(samples: list[Sample]) -> None:
    train, test = train_test_split([samples[0], samples[-1]], 0.1)
    assert len(train) == len(test) == 1


@pytest.mark.parametrize(
    ("change", "fraction", "message"),
    [
        (lambda x: x, 1.0, "test_fraction must be between 0 and 1; got 1.0"),
        (lambda x: x[:1], 0.2, "at least 2 images to divide; got 1"),
        (lambda x: x[:1] * 2, 0.2, "must have different names"),
    ],
)
def test_what_cannot_be_divided_is_refused(
    samples: list[Sample], change, fraction: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        train_test_split(change(samples), fraction)


def test_kinds_are_colour_background_and_size(samples: list[Sample]) -> None:
    assert image_kind(samples[0]) == "grey, dark background, small nuclei"
    assert image_kind(samples[20]) == "colour, bright background, small nuclei"
    assert image_kind(samples[-1]) == "grey, dark background, large nuclei"
