from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.widgets.nuclei.table.filter_expression import evaluate_filter


@pytest.fixture
def frame() -> pd.DataFrame:
    columns = {
        "area": [30, 80, 120],
        "dapi_mean": [100.0, np.nan, 300.0],
        "class": ["positive", None, "negative"],
        "touches_border": [True, False, False],
        "two words": [1, 2, 3],
    }
    return pd.DataFrame(columns, pd.Index([1, 2, 5], name="label"))


@pytest.mark.parametrize(
    ("expression", "labels"),
    [
        ("", [1, 2, 5]),
        ("  ", [1, 2, 5]),
        ("area > 50 and dapi_mean < 400", [5]),
        ("area > 50 & dapi_mean < 400", [5]),
        ("area > 50 or dapi_mean == 100", [1, 2, 5]),
        ("not area > 50", [1]),
        ("50 < area <= 120", [2, 5]),
        ("area * 2 - 60 == 0", [1]),
        ("dapi_mean / (area - 30) > 0", [1, 5]),
        ("dapi_mean != dapi_mean", [2]),
        ("label >= 2", [2, 5]),
        ("touches_border", [1]),
        ("not touches_border", [2, 5]),
        ("class == 'positive'", [1]),
        ("`two words` == 3", [5]),
        ("-area < -100", [5]),
        ("area ** 2 > 10000", [5]),
        ("1 < 2", [1, 2, 5]),
        ("class == 'a & b' | area > 100", [5]),
        ("((((area > 100))))", [5]),
    ],
)
def test_an_expression_chooses_rows(frame, expression, labels) -> None:
    assert frame.index[evaluate_filter(expression, frame)].tolist() == labels


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("aera > 50", "The table has no column aera. Did you mean area?"),
        ("area = 50", "The filter has a single =. Use == to compare"),
        ("area >", "The filter ends too early, after 'area >'"),
        ("(area > 50", "The filter has an unmatched bracket"),
        ("area > 50)", "The filter has an unmatched bracket"),
        ("area", "The filter must compare a column with a value"),
        ("area + 1", "The filter must compare a column with a value"),
        ("7", "The filter must compare a column with a value"),
        ("area and label", "The filter needs a comparison on each side of 'and'"),
        ("not area", "The filter needs a comparison on each side of 'not'"),
        ("area > 'big'", "The filter compares text with a number"),
        ("class > 3", "The filter compares text with a number"),
        ("class * 2 > 3", "The filter cannot calculate with text"),
        ("area.max() > 3", r"The filter cannot use 'area.max\(\)'"),
        ("__import__('os')", "The filter cannot use"),
        ("[a for a in area]", "The filter cannot use"),
        ("area > 50 $ 3", "The filter has an error at"),
        ("area > 50; label", "The filter has an error at"),
        ("area ~ 3", "The filter has an error at"),
        ("not " * 200 + "area > 1", "The filter has too many brackets"),
        ("-" * 5000 + "area > 1", "The filter"),
        ("area > 9**9**9**9", "The filter"),
        ("area in (30, 80)", "The filter cannot use"),
        ("area > 1j", "The filter cannot use"),
        ("area > 5\x00", "The filter"),
    ],
)
def test_a_wrong_expression_gets_one_line(frame, expression, message) -> None:
    try:
        evaluate_filter(expression, frame)
    except ValueError as error:
        import re

        assert re.search(message, str(error)), str(error)
        assert "\n" not in str(error)
    else:  # numbers that overflow are infinite, which is no error
        assert "9**9" in expression


def test_a_table_without_rows_can_be_filtered(frame) -> None:
    assert evaluate_filter("area > 3", frame.iloc[:0]).shape == (0,)
