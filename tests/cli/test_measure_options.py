from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.measure_options import (
    STAINS,
    add_image_option,
    add_measure_options,
    measure_config,
)
from napari_nuclei.config import MeasureConfig
from napari_nuclei.core.measure.stains import STAINS as CORE_STAINS


@pytest.fixture
def parser() -> CommandParser:
    parser = CommandParser(groups=("Tables", "Help"))
    parser.add_argument("files", nargs="*")
    add_image_option(parser.group("Tables"), folders=True)
    add_measure_options(parser, parser.group("Tables"), parser.group("Tables"))
    return parser


def test_the_stains_are_those_that_are_separated() -> None:
    assert STAINS == CORE_STAINS


def test_without_options_the_settings_are_empty(parser: CommandParser) -> None:
    assert measure_config(parser.parse_args([])).is_empty


def test_options_become_settings(parser: CommandParser) -> None:
    words = "--image a=a.tif --image b.tif --ring 1um:3um --background 10 --stains dab "
    words += "eosin x.tif --regions r.geojson --threshold a_mean=1,2 --properties mean"
    args = parser.parse_args(words.split())
    assert args.files == ["x.tif"]  # a file after a list of stains is a file
    assert measure_config(args) == MeasureConfig(
        images={"a": Path("a.tif"), "b": Path("b.tif")},
        ring=("1um", "3um"),
        background=10,
        stains=("dab", "eosin"),
        regions=Path("r.geojson"),
        threshold=("a_mean", (1, 2)),
        properties=("mean",),
    )


def test_names_of_images_are_used_once() -> None:
    args = argparse.Namespace(image=[("a", Path("1.tif")), ("a", Path("2.tif"))])
    with pytest.raises(ValueError, match="two images have the same name"):
        measure_config(args)
