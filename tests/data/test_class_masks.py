from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.data.class_masks import number_parts_of_classes
from napari_nuclei.data.masks import CLASSES, LABELS, convert_mask

Mask = NDArray[np.int32]


@pytest.fixture
def nuclei(discs) -> Mask:
    """Return 12 nuclei that do not touch."""
    return discs(
        (90, 130), [(r, c, 8) for r in (15, 45, 75) for c in (15, 48, 80, 112)]
    )


def classes_of(nuclei: Mask, count: int) -> Mask:
    """Return nuclei with a class in place of their own number."""
    return np.where(nuclei > 0, 1 + nuclei % count, 0).astype(np.int32)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_parts_of_classes_are_numbered(nuclei: Mask, count: int) -> None:
    found = number_parts_of_classes(classes_of(nuclei, count))
    assert found is not None
    assert found.max() == 12
    for number in range(1, 13):
        assert len(np.unique(found[nuclei == number])) == 1


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.uint16, np.int64, np.float32], ids=lambda x: x.__name__
)
@pytest.mark.parametrize("values", [(0, 1, 2), (0, 85, 170), (3, 4, 9)], ids=str)
def test_masks_of_classes_of_any_values_become_nuclei(
    nuclei: Mask, values: tuple[int, ...], dtype: type
) -> None:
    mask = np.array(values)[classes_of(nuclei, 2)].astype(dtype)
    found = convert_mask(mask)
    assert (found.kind, found.labels.max()) == (CLASSES, 12)


def test_masks_with_a_colour_for_each_class_become_nuclei(nuclei: Mask) -> None:
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 0, 255]], np.uint8)
    found = convert_mask(colours[classes_of(nuclei, 2)])
    assert (found.kind, found.labels.max()) == (CLASSES, 12)


def test_nuclei_of_different_classes_that_touch_stay_apart(discs) -> None:
    nuclei = discs((40, 200), [(20, 15 + 22 * n, 12) for n in range(8)])
    found = convert_mask(classes_of(nuclei, 2))
    assert (found.kind, found.labels.max()) == (CLASSES, 8)


def with_slips(nuclei: Mask) -> Mask:
    """Return two nuclei, one of which has stray pixels."""
    mask = np.where(nuclei <= 2, nuclei, 0)
    mask[50:80:7, 20:100:9] = 1
    return mask


INSTANCES: dict[str, Any] = {
    "many nuclei": lambda x: x,
    "two nuclei": lambda x: np.where(x <= 2, x, 0),
    "two nuclei with slips of the brush": with_slips,
    "a nucleus in two parts": lambda x: np.where(x == 12, 11, x),
    "one number for many, others for one each": lambda x: np.where(x > 7, 8, x),
    "many numbers with many parts": lambda x: np.hstack([x, x, x, x + (x > 0)]),
}


@pytest.mark.parametrize("name", INSTANCES)
def test_instance_labels_keep_their_numbers(name: str, nuclei: Mask) -> None:
    mask = INSTANCES[name](nuclei)
    found = convert_mask(mask)
    assert found.kind == LABELS
    assert len(np.unique(found.labels)) == len(np.unique(mask))


def test_a_volume_holds_instance_labels(nuclei: Mask) -> None:
    assert number_parts_of_classes(np.stack([classes_of(nuclei, 2)] * 3)) is None


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("side", [64, 96])
def test_instance_labels_of_small_crops_are_never_classes(seed: int, side: int) -> None:
    _, labels = synthetic_nuclei((side, side), diameter=16, seed=seed)
    assert number_parts_of_classes(np.unique(labels, return_inverse=True)[1]) is None


def bordered(nuclei: Mask, inside: int, border: int) -> Mask:
    """Return the insides of nuclei, each in a border."""
    inner = cv2.erode((nuclei > 0).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(inner > 0, inside, np.where(nuclei > 0, border, 0))


@pytest.mark.parametrize(("inside", "border"), [(1, 2), (2, 1), (255, 127)])
def test_insides_and_borders_are_refused_in_one_line(
    nuclei: Mask, inside: int, border: int
) -> None:
    mask = bordered(nuclei, inside, border).astype(np.uint8)
    with pytest.raises(ValueError, match=r"lie inside number .* mask of the insides"):
        convert_mask(mask)
