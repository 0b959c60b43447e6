from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.instances.sparse_labels import connected_components
from napari_nuclei.core.synthetic import synthetic_nuclei


@pytest.fixture(scope="module")
def scene():
    return synthetic_nuclei((400, 300), diameter=18, seed=5)


def test_image_and_labels_have_the_documented_shapes_and_types(scene) -> None:
    image, labels = scene
    assert image.shape == labels.shape == (400, 300)
    assert image.dtype == np.uint16
    assert labels.dtype == np.int32


def test_labels_have_no_gaps(scene) -> None:
    numbers = np.unique(scene[1])
    assert numbers.tolist() == list(range(len(numbers)))


def test_every_nucleus_is_connected(scene) -> None:
    labels = scene[1]
    for number in range(1, labels.max() + 1):
        assert connected_components(labels == number).max() == 1


def test_nuclei_have_about_the_requested_diameter(scene) -> None:
    areas = np.bincount(scene[1].ravel())[1:]
    assert np.sqrt(np.median(areas) * 4 / np.pi) == pytest.approx(18, rel=0.15)


def test_nuclei_are_brighter_than_the_background_around_them(scene) -> None:
    image, labels = scene
    background = np.percentile(image[labels == 0], 90)
    sums = np.bincount(labels.ravel(), image.ravel())
    means = (sums / np.bincount(labels.ravel()))[1:]
    assert (means > background).mean() > 0.97


def touching_pairs(labels: np.ndarray) -> int:
    pairs = set()
    for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1])):
        border = (a != b) & (a > 0) & (b > 0)
        pairs |= {(min(p), max(p)) for p in zip(a[border], b[border], strict=True)}
    return len(pairs)


def test_more_nuclei_touch_with_a_higher_share() -> None:
    few, many = (
        touching_pairs(synthetic_nuclei((400, 400), touching=share)[1])
        for share in (0.0, 0.8)
    )
    assert few < 15 < 40 < many


def test_no_nucleus_is_hidden_by_another() -> None:
    inner = synthetic_nuclei((300, 300), count=80, touching=1.0, seed=1)[1][
        30:-30, 30:-30
    ]
    edge = np.concatenate([*inner[[0, -1]], *inner[:, [0, -1]].T])
    whole = [
        area
        for number, area in enumerate(np.bincount(inner.ravel()))
        if number and area and not np.isin(number, edge)
    ]
    # Dividing nuclei are the smallest ones.
    assert min(whole) > 0.2 * np.pi * 9**2


def test_the_same_seed_gives_the_same_image() -> None:
    first, again, other = (synthetic_nuclei((96, 96), seed=s)[0] for s in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_noise_can_be_switched_off() -> None:
    image, labels = synthetic_nuclei((128, 128), count=0, noise=0)
    assert not labels.any()
    assert np.abs(np.diff(image.astype(int), axis=0)).max() <= 1


@pytest.mark.parametrize("shape", [(2, 2), (33, 200), (1, 1)], ids=str)
def test_small_images_are_made_or_refused(shape) -> None:
    if min(shape) < 2:
        with pytest.raises(ValueError, match="shape must be two numbers"):
            synthetic_nuclei(shape)
    else:
        assert synthetic_nuclei(shape, count=3)[0].shape == shape


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"diameter": 3}, "diameter must be at least 4 pixels; got 3"),
        ({"touching": 1.5}, "touching must be from 0 to 1; got 1.5"),
        ({"noise": -1}, "noise and count must not be negative"),
        ({"count": -1}, "noise and count must not be negative"),
    ],
    ids=str,
)
def test_bad_arguments_are_named(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        synthetic_nuclei((64, 64), **arguments)
