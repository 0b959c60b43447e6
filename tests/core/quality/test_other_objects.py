from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.core.quality.measured_plane import DetailWindow
from napari_nuclei.core.quality.other_objects import (
    compare_sides,
    count_signs,
    median_solidity,
)

CLEAR = {"unclear_share": 0.2, "confidence": 0.95, "left_out_share": 0.0}


def window_of(values, labels) -> DetailWindow:
    values = values.astype(np.float32)
    return DetailWindow(values, np.zeros_like(values), labels, 20.0, 0.0, 0.0)


def contrasts_of(values, labels) -> np.ndarray:
    return np.array([values[labels == n].mean() for n in np.unique(labels)[1:]])


def test_nuclei_have_no_signs_and_their_edges_end_the_contrast(discs) -> None:
    labels = discs((120, 120), [(30, 30, 10), (80, 40, 10), (60, 90, 10)])
    values = 10.0 * (labels > 0)
    window, contrasts = window_of(values, labels), contrasts_of(values, labels)
    assert compare_sides(window, contrasts) == (1.0, 0.0)
    assert count_signs(window, contrasts, **CLEAR, in_colour=False) == 0


def test_pieces_of_a_bright_area_have_no_edges(discs) -> None:
    labels = discs((120, 120), [(30, 30, 10), (80, 40, 10), (60, 90, 10)])
    values = np.full(labels.shape, 10.0)
    outline, _ = compare_sides(window_of(values, labels), contrasts_of(values, labels))
    assert outline == 0


@pytest.mark.parametrize(
    ("change", "signs"),
    [
        ({"unclear_share": 0.7}, 1),
        ({"confidence": 0.7}, 1),
        ({"left_out_share": 0.3}, 1),
        ({"left_out_share": 0.9}, 2),
        ({"unevenness": 0.9}, 1),
        ({"unevenness": np.nan}, 0),
        ({"few_large": True}, 2),
    ],
    ids=str,
)
def test_doubts_about_the_whole_image_are_signs(discs, change, signs) -> None:
    labels = discs((90, 90), [(30, 30, 10), (60, 60, 10)])
    values = 10.0 * (labels > 0)
    found = count_signs(
        window_of(values, labels),
        contrasts_of(values, labels),
        **{**CLEAR, **change},
        in_colour=False,
    )
    assert found == signs


def test_bright_and_dark_objects_disagree(discs) -> None:
    labels = discs((90, 90), [(30, 30, 10), (60, 60, 10)])
    values = np.where(labels == 1, 10.0, np.where(labels == 2, -10.0, 0.0))
    window = window_of(values, labels)
    contrasts = contrasts_of(values, labels)
    assert count_signs(window, contrasts, **CLEAR, in_colour=False) >= 3


def test_rings_are_not_solid(discs) -> None:
    labels = discs((60, 120), [(30, 30, 20), (30, 90, 20)])
    assert median_solidity(labels) > 0.96
    for column in (30, 90):
        cv2.circle(labels, (column, 30), 14, 0, cv2.FILLED)
    assert median_solidity(labels) < 0.6
