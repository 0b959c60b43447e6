from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from napari_nuclei.model.store import DEFAULT_MODEL

CommandLine = Callable[..., tuple[int, str, str]]
FilesIn = Callable[[Path], set[str]]


def test_evaluating_prints_a_table_and_writes_a_report(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    (tmp_path / "groups.csv").write_text("id,group\na,first\nb,second\n")
    code, out, err = run("evaluate", data, "-o", "report", "--groups", "groups.csv")
    assert (code, err) == (0, "")
    assert "first" in out
    assert "second" in out
    assert {"evaluation.csv", "evaluation.json"} <= files_in(tmp_path / "report")
    report = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert report["images"] == 2
    (tmp_path / "ids.txt").write_text("a\n")
    code, out, _ = run("evaluate", data, "--ids", "ids.txt", "--model", DEFAULT_MODEL)
    assert code == 0


def test_two_models_are_compared_image_by_image(
    run: CommandLine, data: Path, tmp_path: Path, files_in: FilesIn
) -> None:
    code, out, err = run("evaluate", data, "--against", DEFAULT_MODEL, "-o", "report")
    assert (code, err) == (0, "")
    assert f"Model {DEFAULT_MODEL} against {DEFAULT_MODEL}" in out
    assert "paired by image: 0.0000 (0.0000 to 0.0000)" in out
    assert "paired by nucleus: Too few nuclei to decide." in out
    assert "evaluation.csv" in files_in(tmp_path / "report" / "against")


def test_the_test_split_of_a_data_set_is_evaluated(
    run: CommandLine, data: Path, tmp_path: Path
) -> None:
    for part in ("train", "test"):
        shutil.copytree(data, tmp_path / "split" / part)
    (tmp_path / "split" / "test" / "images" / "b.tif").unlink()
    (tmp_path / "split" / "test" / "masks" / "b.tif").unlink()
    assert run("evaluate", "split", "-o", "report")[0] == 0
    report = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert report["images"] == 1
