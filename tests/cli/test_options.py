from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.options import (
    add_options,
    config_from_args,
    format_value,
    list_changes,
    option_name,
)
from napari_nuclei.config import (
    AugmentConfig,
    ModelConfig,
    SegmentConfig,
    TrainConfig,
)

CONFIGS = [SegmentConfig, ModelConfig, AugmentConfig, TrainConfig]


def parser_of(config: type, **settings: Any) -> CommandParser:
    parser = CommandParser(prog="p", groups=("Options",))
    add_options(parser, config, "Options", **settings)
    return parser


def parse(config: type, *words: str) -> Any:
    return config_from_args(parser_of(config).parse_args(words), config)


@pytest.mark.parametrize("config", CONFIGS)
def test_without_options_the_settings_are_the_defaults(config: type) -> None:
    assert parse(config) == config()


@pytest.mark.parametrize("config", CONFIGS)
def test_the_help_shows_every_field_with_its_text_and_default(config: type) -> None:
    text = " ".join(parser_of(config).format_help().split())
    for item in fields(config):
        if not item.metadata:
            continue
        option = option_name(item.name)
        default = format_value(item.name, item.default)
        about = " ".join(item.metadata["help"].split())
        assert f"{option} " in text or f"{option}," in text
        assert f"{about} [{default}]" in text


def test_the_help_shows_the_defaults_of_a_variant_where_they_differ() -> None:
    variants = {"with --from": TrainConfig(epochs=7)}
    text = " ".join(parser_of(TrainConfig, variants=variants).format_help().split())
    assert "[40; with --from: 7]" in text
    assert text.count("with --from") == 1


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
    "no number": (SegmentConfig, ["--tile", "big"], "--tile: must be a whole number"),
    "a fraction": (SegmentConfig, ["--tile", "1.5"], "--tile: must be a whole number"),
    "no counts": (
        ModelConfig,
        ["--decoder", "8,x"],
        "--decoder: must be whole numbers separated by commas",
    ),
    "no choice": (
        TrainConfig,
        ["--sampling", "tiles"],
        "must be one of patches, resize; got tiles",
    ),
    "unknown": (TrainConfig, ["--colour-of-money", "3"], "There is no option --c"),
}


@pytest.mark.parametrize(("config", "words", "message"), BAD.values(), ids=BAD)
def test_a_wrong_option_ends_with_code_2(
    capsys: pytest.CaptureFixture[str], config: type, words: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(config, *words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_value_outside_its_limits_is_refused_by_the_configuration() -> None:
    with pytest.raises(ValueError, match="tile must be a multiple of 32; got 100"):
        parse(SegmentConfig, "--tile", "100")


def test_an_argument_file_stands_for_its_options(tmp_path: Path) -> None:
    path = tmp_path / "wide.args"
    path.write_text("# a wide network\n--alpha 1.4  # the most\n\n--stem 32\n")
    config = parse(ModelConfig, f"@{path}", "--stem", "8")
    assert config == ModelConfig(alpha=1.4, stem=8)


def test_changes_are_named_like_options_and_written_like_their_values() -> None:
    config = TrainConfig(
        batch=8, budget=90, model=ModelConfig(stem=4), augment=AugmentConfig(flip=False)
    )
    given = Namespace(budget=90, stem=4, flip=False, seed=config.seed)
    assert list_changes(given, config, TrainConfig()) == [
        "budget 90s",
        "stem 4",
        "flip off",
    ]
    assert list_changes(Namespace(), config, TrainConfig()) == []


@pytest.mark.parametrize(
    "command",
    [
        "segment flat.tif",
        "evaluate data",
        "train data --name m",
        "train data/images data/masks --name m",
        "train data --val flat --name m",
        "measure flat.tif",
        "measure data/masks/a.tif --image flat.tif",
        "models quantize nuclei data --val data --name m",
    ],
)
def test_every_command_that_reads_files_limits_their_pixels(
    command: str, run: Callable[..., tuple[int, str, str]], data: Path
) -> None:
    flat = np.zeros((160, 200), np.uint8)
    flat[9:30, 9:30] = flat[50:90, 90:99] = 3
    flat[100:120, 90:99] = 1
    (data.parent / "flat").mkdir()
    paths = [
        data.parent / name for name in ("flat.tif", "flat/a.tif", "flat/a_mask.tif")
    ]
    if "flat" not in command:  # files that are not compressed may be large
        paths += data.rglob("*.tif")
    for path in paths:
        tifffile.imwrite(path, flat, compression="zlib")
    code, _, error = run(*command.split(), "--max-pixels", "31999")
    assert code == 1
    assert "states 32,000 pixels, more than the limit of 31,999" in error
    assert error.count("\n") == 1
