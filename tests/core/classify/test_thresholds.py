from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.classify.thresholds import Thresholds

TABLE = pd.DataFrame(
    {"ki67_mean": [1.0, 5.0, 9.0, np.nan], "flat": [2.0] * 4},
    index=pd.Index([3, 4, 8, 9], name="label"),
)


def test_limits_make_classes_and_a_missing_value_is_negative() -> None:
    found = Thresholds("ki67_mean", 4).classify(TABLE)
    assert found.to_dict() == {
        3: "negative",
        4: "positive",
        8: "positive",
        9: "negative",
    }
    grades = Thresholds("ki67_mean", [1, 5, 7])
    assert grades.grades(TABLE).tolist() == [0, 1, 3, 0]
    assert grades.classify(TABLE).loc[8] == "3+"


def test_otsu_suggests_a_limit_between_two_groups(rng: np.random.Generator) -> None:
    values = np.concatenate([rng.normal(10, 1, 80), rng.normal(30, 1, 40)])
    table = pd.DataFrame({"a": [*values, np.nan]})
    (limit,) = Thresholds.suggest(table, "a").limits
    assert 12 < limit < 28


@pytest.mark.parametrize("count", [2, 3])
def test_otsu_suggests_several_limits_between_groups(
    rng: np.random.Generator, count: int
) -> None:
    groups = [rng.normal(10 * n, 1, 50) for n in range(1, count + 2)]
    table = pd.DataFrame({"a": np.concatenate(groups)})
    limits = Thresholds.suggest(table, "a", count).limits
    assert len(limits) == count
    for number, limit in enumerate(limits, 1):
        assert 10 * number + 2 < limit < 10 * number + 8


def test_too_few_values_for_several_limits_are_one_line() -> None:
    with pytest.raises(ValueError, match="too few different values for 3 limits"):
        Thresholds.suggest(pd.DataFrame({"a": [1.0, 2.0, 2.0]}), "a", 3)


def test_equal_values_have_no_limit() -> None:
    with pytest.raises(ValueError, match="no two different values"):
        Thresholds.suggest(TABLE, "flat")


def test_a_missing_column_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no column 'dab'; it has ki67_mean, flat"):
        Thresholds("dab", 1).classify(TABLE)


@pytest.mark.parametrize("limits", [[], [2, 1], [1, 1], [1, 2, 3, 4], [np.nan]])
def test_limits_ascend(limits: list[float]) -> None:
    with pytest.raises(ValueError, match="one to three ascending numbers"):
        Thresholds("a", limits)


def test_a_column_of_text_is_refused() -> None:
    table = TABLE.assign(kind="a")
    with pytest.raises(ValueError, match="'kind' holds text; choose a column of num"):
        Thresholds("kind", 1).classify(table)
