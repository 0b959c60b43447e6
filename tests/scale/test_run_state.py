from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.scale.run_state import load_run_state, save_run_state

STATISTICS = ImageStatistics(
    (Preparation((2.0, 9.0)), Preparation((0.5, 1.5), holds_noise=True)), Fraction(2, 3)
)


def test_the_statistics_of_a_run_come_back(tmp_path: Path) -> None:
    assert load_run_state(tmp_path, {"block": 64}, 2) is None
    save_run_state(tmp_path, {"block": 64}, STATISTICS)
    found = load_run_state(tmp_path, {"block": 64}, 2)
    assert found is not None
    assert found.scale == STATISTICS.scale
    assert [one.as_dict() for one in found.preparations] == [
        one.as_dict() for one in STATISTICS.preparations
    ]
    assert found.notes == STATISTICS.notes
    assert found.notes[0].endswith("(plane 1)")


def test_a_run_with_other_settings_is_not_continued(tmp_path: Path) -> None:
    save_run_state(tmp_path, {"block": 64, "axes": "YX"}, STATISTICS)
    with pytest.raises(ValueError, match="from a run with another block; remove it"):
        load_run_state(tmp_path, {"block": 128, "axes": "YX"}, 2)
