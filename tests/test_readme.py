"""The README's commands and code do what it says."""

import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
import zarr

from napari_nuclei.cli import main
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.store import DEFAULT_MODEL

README = Path(__file__).resolve().parent.parent / "README.md"


def blocks(language: str) -> list[str]:
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def test_python_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    found = blocks("python")
    assert found
    for block in found:
        exec(compile(block, str(README), "exec"), names)


def test_first_command_segments_the_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = blocks("bash")[0].split("&&")[-1]
    program, *arguments = shlex.split(command)
    assert program == "napari-nuclei"
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert re.search(r"fluorescence\.tif: \d+ nuclei in [\d.]+ s", printed)
    for written in re.findall(r"^  (\S+)$", printed, re.M):
        assert (tmp_path / written).stat().st_size > 0


def test_every_option_of_the_readme_exists() -> None:
    from napari_nuclei.cli.parser import make_parser

    lines = [line for block in blocks("bash") for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("napari-nuclei ")]
    assert commands
    for line in commands:
        make_parser().parse_args(shlex.split(line, comments=True)[1:])


def test_the_files_that_the_readme_names_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run the commands that segment and list, on images of the kinds they are about."""
    monkeypatch.chdir(tmp_path)
    image, _ = synthetic_nuclei((96, 96), seed=1)
    (tmp_path / "plate").mkdir()
    for name in ("a", "b"):
        tifffile.imwrite(tmp_path / "plate" / f"{name}.tif", image)
    tifffile.imwrite(
        tmp_path / "stack.tif",
        np.stack([np.stack([image // 3, image])] * 2),
        imagej=True,
        metadata={"axes": "TCYX", "unit": "um"},
        resolution=(2, 2),
    )
    cv2.imwrite(str(tmp_path / "tissue.png"), np.stack([image] * 3, axis=-1))
    zarr.save_array(tmp_path / "big.zarr", image)
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    begun = ("napari-nuclei segment", "napari-nuclei models")
    needs = ("slide.svs", "--scheduler")  # a slide; a cluster
    for line in lines:
        if line.startswith(begun) and not any(need in line for need in needs):
            assert main(shlex.split(line, comments=True)[1:]) == 0, line
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {f"a_{x}" for x in ("labels.tif", "nuclei.csv", "overlay.png")} <= names
    assert {"results.csv", "stack_labels.tif", "tissue_labels.tif"} <= names
    with tifffile.TiffFile(tmp_path / "out" / "stack_labels.tif") as file:
        assert file.series[0].axes == "TYX"
    assert (tmp_path / "labels.zarr" / "labels" / "nuclei").is_dir()
    assert re.search(rf"^{DEFAULT_MODEL} +bundled", capsys.readouterr().out, re.M)
