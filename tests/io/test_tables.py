from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.tables import (
    encode_csv,
    encode_parquet,
    open_table_writer,
    read_table,
    write_table,
)

SUFFIXES = (".csv", ".parquet")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["", "a,b", 'say "so"', "two\nlines", "\r", "1", "True", "nan", " "]
)
COLUMN_TYPES = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(2**63, 2**64 - 1),
    "float64": st.floats(),
    "bool": st.booleans(),
    "str": TEXT,
    "missing text": TEXT | st.none(),
}


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Make tables of one row and more, whose columns have all types."""
    rows = draw(st.integers(1, 4))
    kinds = draw(st.lists(st.sampled_from(list(COLUMN_TYPES)), min_size=1, max_size=5))
    names = draw(
        st.lists(
            st.sampled_from(["area", "a b", "_", "a,b", 'a"b', "x\ny", "é", "Z"]),
            min_size=len(kinds),
            max_size=len(kinds),
            unique=True,
        )
    )
    columns = {}
    for name, kind in zip(names, kinds, strict=True):
        values = draw(st.lists(COLUMN_TYPES[kind], min_size=rows, max_size=rows))
        text = kind in ("str", "missing text")
        dtype = pd.Series(["a"]).dtype if text else kind
        columns[name] = pd.Series(values, dtype=dtype)
    table = pd.DataFrame(columns)
    labels = pd.Series(
        draw(st.lists(COLUMN_TYPES["int64"], min_size=rows, max_size=rows)),
        name="label",
    )
    index = draw(st.sampled_from(["none", "label", "file and label"]))
    if index == "label":
        return table.set_index(pd.Index(labels))
    if index == "file and label":
        files = pd.Series(draw(st.lists(TEXT, min_size=rows, max_size=rows)))
        return table.set_index(
            pd.MultiIndex.from_arrays([files, labels], names=["file", "label"])
        )
    return table


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(table=tables())
def test_reading_gives_back_exactly_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, table: pd.DataFrame
) -> None:
    path = tmp_path_factory.mktemp("t") / f"table{suffix}"
    write_table(table, path)
    found = read_table(path)
    pd.testing.assert_frame_equal(found, table, check_exact=True)
    for name in table:
        if table[name].dtype == float:  # -0.0 and NaN too
            assert list(map(repr, found[name].tolist())) == list(
                map(repr, table[name].tolist())
            )


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(
    values=st.lists(
        st.tuples(st.integers(-9, 2**62), st.floats(allow_nan=False), st.booleans()),
        min_size=1,
        max_size=3,
    )
)
def test_missing_values_differ_from_nan(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, values: list[tuple]
) -> None:
    kinds = ("Int64", "Float64", "boolean")
    table = pd.DataFrame(
        {
            kind: pd.array([None, *column], dtype=kind)
            for kind, column in zip(kinds, zip(*values, strict=True), strict=True)
        }
        | {"float64": [np.nan] * (len(values) + 1)}
    )
    path = tmp_path_factory.mktemp("t") / f"table{suffix}"
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path), table, check_exact=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("nuclei", [0, 3], ids=["none", "three"])
def test_a_table_of_nuclei_comes_back_with_its_types(
    tmp_path: Path, rng: np.random.Generator, suffix: str, nuclei: int
) -> None:
    labels = np.zeros((2, 2, 20, 30), np.int32)
    for number in range(nuclei):
        labels[number % 2, 0, 2:9, 9 * number + 1 : 9 * number + 7] = number + 1
    image = rng.integers(0, 60_000, labels.shape, np.uint16)
    foreground = rng.random(labels.shape, np.float32)
    table = measure(labels, image, foreground=foreground, pixel_size=0.1, axes="TZYX")
    path = tmp_path / f"deep{suffix}"
    write_table(table, path)
    pd.testing.assert_frame_equal(read_table(path), table, check_exact=True)


def test_csv_has_every_digit_and_quotes_around_text_alone() -> None:
    table = pd.DataFrame(
        {"intensity_sum": [48888907.0], "ratio": [0.1 + 0.2], "kind": ["a"]},
        index=pd.Index([1], name="label"),
    )
    assert encode_csv(table).decode().splitlines() == [
        'label,intensity_sum,ratio,"kind"',
        '1,48888907.0,0.30000000000000004,"a"',
    ]


def test_tables_of_other_programs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbflabel,name,share,note\r\n1,a,0.5,\r\n2,b c,1e3,\r\n")
    table = read_table(path)
    assert table.index.tolist() == [1, 2]
    assert table["name"].tolist() == ["a", "b c"]
    assert table["share"].tolist() == [0.5, 1000]
    assert table["note"].isna().all()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_can_be_added_bit_by_bit(tmp_path: Path, suffix: str) -> None:
    parts = [
        pd.DataFrame({"area": [float(n)]}, index=pd.Index([n], name="label"))
        for n in range(1, 4)
    ]
    path = tmp_path / f"parts{suffix}"
    with open_table_writer(path) as add_rows:
        for part in parts:
            add_rows(part)
    pd.testing.assert_frame_equal(read_table(path), pd.concat(parts))
    with open_table_writer(path) as add_rows:
        add_rows(parts[0])
        with pytest.raises(ValueError):
            add_rows(parts[1].rename(columns={"area": "volume"}))


BAD_TABLES = {
    "other index": (
        pd.DataFrame({"a": [1]}, index=pd.Index([1], name="name")),
        "index of a table must be label; got",
    ),
    "index that is not written": (
        pd.DataFrame({"a": [1]}, index=[7]),
        "must be label or the default one",
    ),
    "names that are numbers": (pd.DataFrame([[1, 2]]), "Columns must have names"),
}


@pytest.mark.parametrize(("table", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_that_would_not_come_back_is_refused(
    tmp_path: Path, table: pd.DataFrame, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_table(table, tmp_path / "a.csv")
    assert not list(tmp_path.iterdir())


BAD_FILES = {
    "empty": (b"", "a.csv is empty"),
    "rows of several lengths": (b'label,"a"\n1,"b"\n2\n', "rows differ in length"),
}


@pytest.mark.parametrize(("content", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_csv_file_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_table(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "act", [read_table, lambda path: write_table(pd.DataFrame(), path)]
)
def test_other_suffixes_are_refused(tmp_path: Path, act) -> None:
    with pytest.raises(ValueError, match=r"must end in \.csv or \.parquet; got a\.xls"):
        act(tmp_path / "a.xls")


def test_a_missing_pyarrow_gives_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    table = pd.DataFrame({"a": [1]})
    with pytest.raises(
        ModuleNotFoundError, match=r"pip install 'napari-nuclei\[large\]'"
    ):
        write_table(table, tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


def test_bytes_and_files_are_the_same(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [0.1]}, index=pd.Index([1], name="label"))
    write_table(table, tmp_path / "a.csv")
    write_table(table, tmp_path / "a.parquet")
    assert (tmp_path / "a.csv").read_bytes() == encode_csv(table)
    (tmp_path / "b.parquet").write_bytes(encode_parquet(table))
    pd.testing.assert_frame_equal(read_table(tmp_path / "b.parquet"), table)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_counts_by_region_are_written_with_the_names_of_the_regions(
    tmp_path: Path, suffix: str
) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    counts = pd.DataFrame({"nuclei": [3, 4]}, pd.Index(["a", "rest"], name="region"))
    write_table(counts, tmp_path / f"r{suffix}")
    found = read_table(tmp_path / f"r{suffix}")
    pd.testing.assert_frame_equal(found, counts.reset_index())


def test_a_missing_table_and_a_damaged_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no\.csv: there is no such file"):
        read_table(tmp_path / "no.csv")
    pytest.importorskip("pyarrow")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match=r"bad\.parquet is damaged"):
        read_table(tmp_path / "bad.parquet")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(ValueError, match=r"bad\.csv (is not|is empty)"):
        read_table(tmp_path / "bad.csv")
