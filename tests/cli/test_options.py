from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.cli.options import ArgumentFileParser, add_options, config_from_args
from napari_nuclei.config import (
    AugmentConfig,
    ModelConfig,
    SegmentConfig,
    TrainConfig,
)

CONFIGS = [SegmentConfig, ModelConfig, AugmentConfig, TrainConfig]


def parse(config: type, *words: str) -> Any:
    parser = argparse.ArgumentParser()
    add_options(parser, config, "options")
    return config_from_args(parser.parse_args(words), config)


@pytest.mark.parametrize("config", CONFIGS)
def test_without_options_there_are_the_defaults(config: type) -> None:
    assert parse(config) == config()


@pytest.mark.parametrize("config", CONFIGS)
def test_the_help_names_every_field_with_its_text_and_default(config: type) -> None:
    parser = argparse.ArgumentParser(prog="p")
    add_options(parser, config, "options")
    text = " ".join(parser.format_help().split())
    for item in fields(config):
        if not item.metadata:
            continue
        assert f"--{item.name.replace('_', '-')}" in text
        assert " ".join(item.metadata["help"].split()) in text


GIVEN: dict[str, tuple[type, list[str], dict[str, Any]]] = {
    "text or number": (SegmentConfig, ["--diameter", "9um"], {"diameter": "9um"}),
    "optional number": (SegmentConfig, ["--probability", "0.4"], {"probability": 0.4}),
    "whole number": (SegmentConfig, ["--tile", "256"], {"tile": 256}),
    "dash for underscore": (SegmentConfig, ["--min-size", "7"], {"min_size": 7.0}),
    "counts": (ModelConfig, ["--decoder", "8,8,4,4"], {"decoder": (8, 8, 4, 4)}),
    "optional text": (
        ModelConfig,
        ["--encoder-weights", "imagenet"],
        {"encoder_weights": "imagenet"},
    ),
    "switched off": (AugmentConfig, ["--no-flip"], {"flip": False}),
    "switched on": (AugmentConfig, ["--rotate"], {"rotate": True}),
    "optional count": (TrainConfig, ["--steps", "3"], {"steps": 3}),
    "choice": (TrainConfig, ["--sampling", "resize"], {"sampling": "resize"}),
}


@pytest.mark.parametrize(("config", "words", "values"), GIVEN.values(), ids=GIVEN)
def test_an_option_sets_its_field(
    config: type, words: list[str], values: dict[str, Any]
) -> None:
    assert parse(config, *words) == replace(config(), **values)


def test_options_of_nested_settings_reach_them() -> None:
    config = parse(TrainConfig, "--alpha", "0.5", "--no-flip", "--scale", "3")
    assert config.model == ModelConfig(alpha=0.5)
    assert config.augment == AugmentConfig(flip=False, scale=3)


BAD: dict[str, tuple[type, list[str], str]] = {
    "no number": (SegmentConfig, ["--tile", "big"], "--tile: invalid int value"),
    "a fraction": (SegmentConfig, ["--tile", "1.5"], "--tile: invalid int value"),
    "no counts": (
        ModelConfig,
        ["--decoder", "8,x"],
        "--decoder: must be whole numbers between commas",
    ),
    "no choice": (TrainConfig, ["--sampling", "tiles"], "invalid choice: 'tiles'"),
    "unknown": (TrainConfig, ["--colour-of-money", "3"], "unrecognized arguments"),
}


@pytest.mark.parametrize(("config", "words", "message"), BAD.values(), ids=BAD)
def test_what_is_not_understood_ends_with_code_2(
    capsys: pytest.CaptureFixture[str], config: type, words: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(config, *words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_value_outside_its_limits_is_refused_by_the_configuration() -> None:
    with pytest.raises(ValueError, match="tile must be a multiple of 32; got 100"):
        parse(SegmentConfig, "--tile", "100")


def test_a_file_of_arguments_stands_for_them(tmp_path: Path) -> None:
    path = tmp_path / "wide.args"
    path.write_text("# a wide network\n--alpha 1.4  # the most\n\n--stem 32\n")
    parser = ArgumentFileParser()
    add_options(parser, ModelConfig, "options")
    args = parser.parse_args([f"@{path}", "--stem", "8"])
    assert config_from_args(args, ModelConfig) == ModelConfig(alpha=1.4, stem=8)
