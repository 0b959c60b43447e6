from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.correct.missed import merge_slices, missed_candidates


def discs(*centres: tuple[float, int, int]) -> np.ndarray:
    y, x = np.ogrid[:80, :120]
    found = np.zeros((80, 120), np.float32)
    for height, row, column in centres:
        distance = np.hypot(y - row, x - column) - 9
        found = np.maximum(found, height / (1 + np.exp(distance)))
    return found


def test_foreground_without_a_label_is_a_candidate() -> None:
    probability = discs((0.95, 20, 20), (0.4, 20, 60), (0.7, 55, 90))
    labels = (discs((1, 20, 20)) > 0.5).astype(np.int32)
    found = missed_candidates(labels, probability)
    assert found[["centroid_y", "centroid_x"]].to_numpy().tolist() == [
        pytest.approx([55, 90], abs=2),
        pytest.approx([20, 60], abs=2),
    ]
    assert found.error_probability.is_monotonic_decreasing
    assert found.error_probability.between(0.05, 1).all()
    assert "up to 0.70" in found.reason[0]
    row = found.iloc[0]
    assert row.bbox_y0 < row.centroid_y < row.bbox_y1


def test_rims_of_labelled_nuclei_are_no_candidates() -> None:
    probability = discs((0.95, 40, 40))
    labels = (probability > 0.8).astype(np.int32)
    assert len(missed_candidates(labels, probability)) == 0


def test_an_empty_image_has_a_table_without_rows() -> None:
    empty = np.zeros((30, 30))
    found = missed_candidates(empty.astype(int), empty)
    assert len(found) == 0 and "error_probability" in found
    with pytest.raises(ValueError, match="of one shape"):
        missed_candidates(empty.astype(int), empty[:4])


def test_a_nucleus_missed_in_several_slices_is_one_candidate() -> None:
    box = {"bbox_y0": 10, "bbox_y1": 20, "centroid_y": 15}
    left = {"bbox_x0": 10, "bbox_x1": 20, "centroid_x": 15}
    right = {"bbox_x0": 40, "bbox_x1": 50, "centroid_x": 45}
    rows = [
        {"z": z, "error_probability": p, **box, **side}
        for z, p, side in [
            (0, 0.5, left),
            (1, 0.9, left),
            (2, 0.6, left),
            (1, 0.3, right),
            (5, 0.4, left),
            (7, 0.8, right),
        ]
    ]
    labels = np.zeros((8, 30, 60), np.int32)
    labels[6, 15, 45] = 1  # the candidate of slice 7 is its end
    found = merge_slices(pd.DataFrame(rows), labels)
    assert list(zip(found.z, found.error_probability, strict=True)) == [
        (1, 0.9),
        (5, 0.4),
        (1, 0.3),
    ]
    assert len(merge_slices(pd.DataFrame(rows).iloc[:0], labels)) == 0
