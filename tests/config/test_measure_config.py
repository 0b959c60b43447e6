from __future__ import annotations

from typing import Any

import pytest

from napari_nuclei.config import MeasureConfig


def test_settings_without_any_value_are_empty() -> None:
    assert MeasureConfig().is_empty
    assert not MeasureConfig(ring=(0, 2)).is_empty
    assert not MeasureConfig(properties=["area"]).is_empty


def test_a_classifier_and_a_threshold_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="by a classifier or by a threshold, not by"):
        MeasureConfig(classify="a.json", threshold=("area", [3]))


@pytest.mark.parametrize("background", [-1, 101, "10", True, float("nan")], ids=repr)
def test_a_background_is_a_percentile(background: Any) -> None:
    with pytest.raises(ValueError, match="background must be a percentile of 0 to 100"):
        MeasureConfig(background=background)
