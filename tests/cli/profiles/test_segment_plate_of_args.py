from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from ome_zarr.writer import write_image, write_plate_metadata, write_well_metadata

from napari_nuclei.cli import segment_command
from napari_nuclei.cli.profiles.profile_options import make_settings_parser
from napari_nuclei.cli.profiles.segment_plate_of_args import (
    block_arguments,
    plate_labels_path,
)
from napari_nuclei.io.tables import read_table
from napari_nuclei.scale.block_settings import BlockSettings

CommandLine = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hcs(tmp_path: Path, scene: tuple[NDArray[Any], NDArray[np.int32]]) -> Path:
    """Return a plate of one well of one field."""
    group = zarr.open_group(tmp_path / "plate.zarr", mode="w")
    write_plate_metadata(group, ["A"], ["1"], ["A/1"])
    well = group.require_group("A/1")
    write_well_metadata(well, ["0"])
    write_image(scene[0], well.require_group("0"), axes="yx", scale_factors=[2])
    return tmp_path / "plate.zarr"


def test_labels_go_into_the_plate_and_the_table_into_the_folder(
    run: CommandLine, hcs: Path, tmp_path: Path
) -> None:
    words = ("segment", "plate.zarr", "--into-image", "-o", "out", "--table")
    code, out, err = run(*words)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"All nuclei: {Path('out', 'plate_nuclei.csv')}"
    labels = zarr.open_group(hcs / "A/1/0/labels/nuclei", mode="r")["0"][:]
    table = read_table(tmp_path / "out" / "plate_nuclei.csv")
    assert len(table) == labels.max() > 3
    assert {*table["well"]} == {"A01"}
    code, out, _ = run(*words)
    assert (code, out.splitlines()[0]) == (0, "A/1/0: done earlier")


def test_an_output_folder_holds_a_plate_of_labels(
    run: CommandLine, hcs: Path, tmp_path: Path
) -> None:
    assert run("segment", "plate.zarr", "-o", "out")[0] == 0
    assert (tmp_path / "out" / "plate_labels.zarr" / "A" / "1" / "0").is_dir()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "zarr.json").touch()
    assert plate_labels_path(hcs, tmp_path / "old") == tmp_path / "old"


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        (("labels", "overlay"), "The format overlay is not available for a plate"),
        (("csv", "parquet"), "A plate has one table; choose the format csv or parquet"),
    ],
)
def test_other_formats_are_refused(
    run: CommandLine, hcs: Path, formats: tuple[str, str], message: str
) -> None:
    code, _, err = run("segment", "plate.zarr", "-o", "out", "--format", *formats)
    assert (code, err) == (1, f"napari-nuclei: {message}\n")


def test_a_command_line_states_every_setting_of_blocks_but_the_margin() -> None:
    parser = make_settings_parser(segment_command.add_command)
    arguments = block_arguments(parser.parse_args(["image.zarr", "--block", "128"]))
    settings = BlockSettings(**arguments)
    assert settings.block == 128
    names = {item.name for item in fields(BlockSettings)}
    assert names - arguments.keys() == {"margin"}
