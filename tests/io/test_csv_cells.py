from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.io.csv_cells import csv_header, csv_lines, decode_csv, has_empty_cell

TYPES = {
    "1\n-2\n": "int64",
    "9223372036854775808\n1\n": "uint64",
    "1.0\n2.0\n": "float64",
    "nan\ninf\n": "float64",
    "True\nFalse\n": "bool",
    "1\n\n": "Int64",
    "1.5\n\n": "Float64",
    "True\n\n": "boolean",
}


@pytest.mark.parametrize(("cells", "dtype"), TYPES.items(), ids=TYPES.values())
def test_the_cells_say_the_type_of_a_column(cells: str, dtype: str) -> None:
    table = decode_csv(f"a,b\n{cells.replace(chr(10), ',1' + chr(10))}", "a.csv")
    assert table["a"].dtype == dtype
    assert len(table) == 2


@pytest.mark.parametrize("cell", ['"1"', '"True"', '"nan"', '""', '"a,b"', "word"])
def test_quotes_and_words_are_text(cell: str) -> None:
    table = decode_csv(f'"a"\n{cell}\n', "a.csv")
    assert table["a"].tolist() == [cell.strip('"')]
    assert table["a"].dtype == pd.Series(["a"]).dtype


def test_a_table_without_rows_has_types_by_the_names_of_its_columns() -> None:
    table = decode_csv('label,t,area,touches_border,"kind"\n', "a.csv")
    text = pd.Series(["a"]).dtype
    assert table.dtypes.tolist() == [np.int64, np.int64, np.float64, np.bool_, text]


def test_a_table_is_written_line_by_line() -> None:
    table = pd.DataFrame({"n": [1, 2], "x": [0.5, np.nan], "s": ['say "a"', None]})
    assert csv_header(table) == 'n,x,"s"\n'
    assert [*csv_lines(table)] == ['1,0.5,"say ""a"""\n', "2,nan,\n"]


def test_both_ways_of_reading_agree() -> None:
    numbers = "a,b\n0.1,True\n1e-300,False\n"
    quick = decode_csv(numbers, "a.csv")
    careful = decode_csv(numbers.replace("a,b", '"a",b'), "a.csv")
    pd.testing.assert_frame_equal(quick, careful, check_exact=True)


@given(text=st.text(",\n\r1", max_size=9))
def test_empty_cells_and_lines_are_found(text: str) -> None:
    lines = re.split("\r?\n", text)
    empty_line = "" in lines[:-1]  # nothing follows the end of the last line
    cells = [cell for line in lines if line for cell in line.split(",")]
    lacks = any(cell == "" for cell in cells) or text.endswith(",\r")
    assert has_empty_cell(text) == (empty_line or lacks)


def test_rows_of_several_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.csv is not a table: its rows differ"):
        decode_csv('"a",b\n"x"\n', "a.csv")


@pytest.mark.parametrize(
    ("text", "name"), [("a;b\n1;2,5\n", "semi"), ("a\tb\n", "tab")]
)
def test_cells_that_commas_do_not_separate_are_refused(text: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"t.csv separates cells by {name}"):
        decode_csv(text, "t.csv")


def test_a_column_may_have_a_semicolon_in_its_name() -> None:
    assert [*decode_csv('"a;b"\n1\n', "t.csv")] == ["a;b"]


def test_numbers_in_rows_of_several_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"t\.csv is not a table of text, or its rows"):
        decode_csv("label,area\n1,2\n2,3,4\n", "t.csv")
