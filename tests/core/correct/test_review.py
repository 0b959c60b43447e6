from __future__ import annotations

import cv2
import numpy as np
import pandas as pd
import pytest

from napari_nuclei import measure
from napari_nuclei.core.correct.review import (
    expected_errors,
    rank_suspects,
    touching_shares,
)


@pytest.fixture
def labels() -> np.ndarray:
    """Return twenty discs; 3 is tiny, 8 three times as large, 14 has a bite."""
    labels = np.zeros((250, 300), np.int32)
    for index in range(20):
        centre = 30 + 60 * (index % 5), 30 + 60 * (index // 5)
        radius = {2: 4, 7: 21}.get(index, 12)
        cv2.circle(labels, centre, radius, index + 1, cv2.FILLED)
    cv2.circle(labels, (30 + 60 * 3 + 9, 30 + 60 * 2), 8, 0, cv2.FILLED)
    return labels


def test_unusual_nuclei_come_first_with_the_reason(labels: np.ndarray) -> None:
    ranked = rank_suspects(measure(labels))
    assert set(ranked.index[:3]) == {3, 8, 14}
    assert ranked.loc[3, "reason"].startswith("0.11 times the median area")
    assert ranked.loc[8, "reason"].startswith("3.")
    assert "concave (solidity 0." in ranked.loc[14, "reason"]
    assert ranked.loc[1, "reason"] == "nothing unusual"
    assert ranked.loc[1, "error_probability"] < 0.1
    assert ranked.error_probability.is_monotonic_decreasing
    assert {"centroid_y", "centroid_x", "bbox_y0"} <= set(ranked.columns)


def test_a_nucleus_that_the_image_cuts_is_not_suspect_for_being_small(
    labels: np.ndarray,
) -> None:
    cut = labels[30:]  # cuts five nuclei in half
    table = measure(cut)
    ranked = rank_suspects(table)
    at_border = ranked.index[table.loc[ranked.index, "touches_border"]]
    assert len(at_border) >= 4
    assert not ranked.loc[at_border, "reason"].str.contains("median area").any()
    table["touches_border"] = False
    as_before = rank_suspects(table)
    assert "times the median area" in as_before.loc[1, "reason"]
    assert ranked.loc[1, "error_probability"] < as_before.loc[1, "error_probability"]


def test_a_nucleus_at_the_border_is_suspect_for_being_large(labels: np.ndarray) -> None:
    labels = labels.copy()
    cv2.circle(labels, (30, 30), 34, 1, cv2.FILLED)
    ranked = rank_suspects(measure(labels))
    assert ranked.loc[1, "reason"].endswith(
        "times the median area, cut by the border of the image"
    )


def test_a_low_confidence_comes_before_a_high_one(labels: np.ndarray) -> None:
    table = measure(labels)
    table["confidence"] = 0.97
    table.loc[17, "confidence"] = 0.31
    table.loc[18, "confidence"] = np.nan  # added by hand: counts as average
    ranked = rank_suspects(table)
    assert ranked.loc[17, "reason"] == "low confidence (0.31)"
    assert ranked.loc[17, "error_probability"] > 0.25
    assert ranked.loc[18, "reason"] == "nothing unusual"
    assert ranked.error_probability.notna().all()


def test_touching_others_raises_suspicion(labels: np.ndarray) -> None:
    table = measure(labels)
    plain, touched = rank_suspects(table), rank_suspects(table, {5: 0.8})
    assert touched.loc[5, "error_probability"] > plain.loc[5, "error_probability"]
    assert touched.loc[5, "reason"] == "touches others along 80% of its border"


def test_few_nuclei_volumes_and_empty_tables_are_ranked() -> None:
    few = pd.DataFrame({"area": [10, 400]}, index=pd.Index([1, 2], name="label"))
    assert rank_suspects(few).reason.tolist() == ["nothing unusual"] * 2
    volumes = pd.DataFrame({"volume": [100, 90, 110, 105, 900, 95], "z": 0})
    ranked = rank_suspects(volumes)
    assert ranked.index[0] == 4
    assert ranked.reason.iloc[0] == "8.8 times the median volume"
    assert len(rank_suspects(few.iloc[:0])) == 0


def test_shares_count_the_sides_of_pixels() -> None:
    labels = np.zeros((6, 12), np.int32)
    labels[1:5, 1:5], labels[1:5, 5:9] = 2, 7
    assert touching_shares(labels) == {2: 4 / 16, 7: 4 / 16}
    assert touching_shares(labels * 0) == {}
    assert touching_shares(np.stack([labels, labels])) == {2: 0.25, 7: 0.25}


def test_progress_counts_what_is_left(labels: np.ndarray) -> None:
    ranked = rank_suspects(measure(labels))
    start = expected_errors(ranked, [])
    after = expected_errors(ranked, [3, 8, 14, 500])
    assert (start.checked, start.total) == (0, 20)
    assert after.checked == 3
    assert after.expected_errors < start.expected_errors
    assert str(after).startswith("3 of 20 checked, expected errors left: ")
