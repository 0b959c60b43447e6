from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei import load_segmenter
from napari_nuclei.cli.parser import make_parser
from napari_nuclei.cli.profiles.segment_files_of_args import segment_files_of_args


def test_all_tables_of_a_run_are_written(data: Path, tmp_path: Path) -> None:
    words = ["segment", str(data / "images"), "-o", str(tmp_path / "out"), "--overlay"]
    table = tmp_path / "all.csv"
    args = make_parser().parse_args([*words, "--all-nuclei", str(table)])
    found, plans = [], []
    done = segment_files_of_args(
        args, load_segmenter, on_result=found.append, on_plan=plans.append
    )
    assert done.formats == ("labels", "overlay", "csv")
    assert {result.path.name for result in found} == {"a.tif", "b.tif"}
    assert len(plans[0].items) == len(done.results) == 2
    assert done.tables == {"All nuclei": table}
    assert table.is_file()


def test_settings_are_checked_before_the_model_is_loaded(data: Path) -> None:
    words = ["segment", str(data / "images"), "--all-nuclei", "all.txt"]

    def load() -> None:
        raise AssertionError("the model must not be loaded")

    with pytest.raises(ValueError, match=r"all\.txt"):
        segment_files_of_args(make_parser().parse_args(words), load)  # type: ignore
