from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.add import (
    add_at,
    add_levels,
    add_outline,
    most_plausible,
)


def soft_disc(y: float, x: float, radius: float, height: float = 0.9) -> np.ndarray:
    rows, columns = np.ogrid[:60, :80]
    distance = np.hypot(rows - y, columns - x) - radius
    return np.asarray(height / (1 + np.exp(distance)), np.float32)


def radius_of(mask: np.ndarray) -> float:
    return float(np.sqrt(np.count_nonzero(mask) / np.pi))


def test_a_click_adds_the_nucleus_and_covers_no_neighbour(pair: np.ndarray) -> None:
    before = pair.copy()
    probability = np.maximum(soft_disc(45, 62, 8), soft_disc(45, 48, 8, 0.3))
    edit = add_at(pair, (45, 47), probability, new=9, typical_area=200)
    assert edit is not None and (edit.kind, edit.new) == ("add", (9,))
    edit.apply(pair)
    assert np.array_equal(np.where(pair == 9, 0, pair), before)
    assert radius_of(pair == 9) == pytest.approx(8, abs=1.1)


@pytest.mark.parametrize("dark", [False, True])
def test_the_image_serves_without_a_network(pair: np.ndarray, dark: bool) -> None:
    image = 30 + 180 * soft_disc(12, 62, 7)
    image = 255 - image if dark else image
    edit = add_at(pair, (12, 62), image=image.astype(np.uint8), new=9)
    assert edit is not None
    assert radius_of(edit.after == 9) == pytest.approx(7, abs=1.1)


def test_scrolling_goes_through_nested_outlines(pair: np.ndarray) -> None:
    outlines = add_levels(pair, (12, 62), soft_disc(12, 62, 7))
    areas = [outline.area for outline in outlines]
    assert areas == sorted(areas, reverse=True) and len(areas) > 4
    assert most_plausible(outlines) in outlines
    edit = add_outline(pair, outlines[0], new=30)
    assert edit is not None and np.count_nonzero(edit.after == 30) == areas[0]


def test_a_given_level_is_used(pair: np.ndarray) -> None:
    probability = soft_disc(12, 62, 7)
    edit = add_at(pair, (12, 62), probability, level=0.5, new=9)
    assert edit is not None
    edit.apply(pair)
    assert np.array_equal(pair == 9, probability >= 0.5)


def test_nothing_is_added_on_a_nucleus_or_on_background(pair: np.ndarray) -> None:
    probability = soft_disc(25, 20, 11)
    assert add_at(pair, (25, 20), probability, new=9) is None
    assert add_at(pair, (2, 78), np.zeros((60, 80)), new=9) is None
    hint = 1e-3 * soft_disc(12, 62, 7)  # the network is sure: this is background
    assert add_at(pair, (12, 62), hint, new=9) is None
    with pytest.raises(ValueError, match="outside the plane"):
        add_at(pair, (60, 3), probability, new=9)
    with pytest.raises(ValueError, match="probability or the image"):
        add_at(pair, (2, 78), new=9)
    with pytest.raises(ValueError, match="give plane="):
        add_at(np.stack([pair] * 2), (0, 2, 78), probability, new=9)


def test_a_plane_of_a_stack_gets_the_nucleus(pair: np.ndarray) -> None:
    stack = np.stack([pair] * 3)
    probability = np.zeros(stack.shape, np.float32)
    probability[1] = soft_disc(12, 62, 7)
    edit = add_at(stack, (1, 12, 62), probability, new=9, plane=1)
    assert edit is not None and edit.region[0] == slice(1, 2)
    edit.apply(stack)
    assert [9 in plane for plane in stack] == [False, True, False]
