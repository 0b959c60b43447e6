"""A run that was copied as a command or as Python gives the identical labels."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from threading import Lock

import numpy as np
import pytest
from napari.layers import Image

import napari_nuclei
from napari_nuclei import SegmentConfig
from napari_nuclei.cli import main
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.tiff_writer import encode_image_tiff
from napari_nuclei.model.store import find_model
from napari_nuclei.widgets.layers.image_source import (
    INSIDE_SHAPES,
    VISIBLE_PART,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.segment.blockwise import BlockwiseRun
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import run_record
from napari_nuclei.widgets.segment.load_blockwise import read_levels
from napari_nuclei.widgets.segment.result import RunResult
from napari_nuclei.widgets.segment.run_code import command_line, python_code
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache

CONFIG = SegmentConfig(
    diameter="8um",
    probability=0.55,
    min_size=30,
    max_size=600,
    drop_border=True,
    correct=False,
)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return a layer of two channels that was read from a file."""
    pixels = np.stack([synthetic_nuclei((160, 200), seed=n)[0] for n in (3, 4)])
    path = tmp_path / "two channels.tif"
    path.write_bytes(encode_image_tiff(pixels, "CYX", 0.5))
    layer = Image(
        read_image(path).pixels,
        name="cells",
        scale=(1, 0.5, 0.5),
        units=("pixel", "um", "um"),
        axis_labels=("c", "y", "x"),
    )
    object.__setattr__(layer._source, "path", str(path))
    return layer


def imported_modules(code: str) -> set[str | None]:
    """Return the modules that Python code imports names from."""
    imports = [node for node in ast.walk(ast.parse(code)) if is_import(node)]
    for node in imports:
        assert isinstance(node, ast.ImportFrom)
        assert {each.name for each in node.names} <= set(napari_nuclei.__all__)
    return {node.module for node in imports if isinstance(node, ast.ImportFrom)}


def is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def run_of(source, config=CONFIG) -> RunResult:
    folder = find_model("nuclei").folder
    return segment_in_memory(source, folder, config, lambda step: None)


def test_command_and_python_repeat_the_run(image, tmp_path, monkeypatch) -> None:
    run = run_of(make_image_source(image, (1, 0, 0)))
    assert run.nuclei > 5
    assert run.dropped.border
    record = run_record(run)

    line = command_line(record)
    assert "--drop-border" in line
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)[1:]) == 0
    written = read_image(tmp_path / "out" / "two channels_labels.tif").pixels
    np.testing.assert_array_equal(written, run.labels)

    code = python_code(record)
    assert imported_modules(code) == {"napari_nuclei"}
    names: dict[str, object] = {}
    exec(code, names)
    np.testing.assert_array_equal(names["labels"], run.labels)


def test_command_and_python_repeat_a_run_on_a_large_image(
    image, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("napari_nuclei.widgets.segment.blockwise.BLOCK_SIZE", 64)
    source, model = make_image_source(image, (1, 0, 0)), find_model("nuclei").folder
    blocks = BlockwiseRun(source, model, CONFIG, tmp_path, SegmenterCache(), Lock())
    run = blocks(lambda step: None)
    assert run.nuclei > 5
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(command_line(run_record(run)))[1:]) == 0
    code = python_code(run_record(run)).replace("labels.zarr", "again.zarr")
    assert imported_modules(code) == {"napari_nuclei"}
    exec(code, {})
    for path in ("labels.zarr", "again.zarr"):
        (level,) = read_levels(tmp_path / path)
        np.testing.assert_array_equal(level, run.labels[0])


def test_python_repeats_a_run_on_a_part(image) -> None:
    view = ((0, 2), (20, 150), (10, 190))
    run = run_of(make_image_source(image, (0, 0, 0), RegionChoice(VISIBLE_PART), view))
    assert run.labels.shape == (130, 180)
    names: dict[str, object] = {}
    exec(python_code(run_record(run)), names)
    np.testing.assert_array_equal(names["labels"], run.labels)
    assert command_line(run_record(run)).startswith(
        "# The run segmented a part of the image"
    )


def test_an_image_without_a_file_gets_a_name_to_fill_in(spots) -> None:
    segmenter = Segmenter(lambda tiles: tiles, ModelCard("m"))
    source = make_image_source(Image(spots[0]), (0, 0))
    run = RunResult(source, segmenter, SegmentConfig(), spots[1])
    record = run_record(run)
    assert "image.tif" in command_line(record)
    assert "read_image('image.tif')" in python_code(record)
    assert "--probability" not in command_line(record)


def test_code_says_that_shapes_limited_the_run(spots) -> None:
    segmenter = Segmenter(lambda tiles: tiles, ModelCard("m"))
    choice, view = RegionChoice(INSIDE_SHAPES), ((10, 60), (20, 90))
    source = make_image_source(Image(spots[0]), (0, 0), choice, view)
    record = run_record(RunResult(source, segmenter, SegmentConfig(), spots[1]))
    code = python_code(record)
    assert "image = image[10:60, 20:90]\n# The run left out nuclei with a" in code
    assert command_line(record).startswith("# The run segmented a part of the image")


def test_a_record_of_an_earlier_version_is_repeated(spots) -> None:
    segmenter = Segmenter(lambda tiles: tiles, ModelCard("m"))
    choice, view = RegionChoice(VISIBLE_PART), ((10, 60), (20, 90))
    source = make_image_source(Image(spots[0]), (0, 0), choice, view)
    run = RunResult(source, segmenter, SegmentConfig(min_confidence=0.5), spots[1])
    record = run_record(run)
    old = dict(record, scope="this view")
    for new_key, old_key in (("bounds", "box"), ("on_disk", "stored")):
        old[old_key] = old.pop(new_key)
    del old["region"]
    settings = dict(old["settings"])
    settings["min_score"] = settings.pop("min_confidence")
    old["settings"] = settings
    assert python_code(old) == python_code(record)
    assert "image = image[10:60, 20:90]" in python_code(old)
    assert command_line(old) == command_line(record)
    assert "--min-confidence 0.5" in command_line(old)
