from __future__ import annotations

import argparse

import pytest

from napari_nuclei.cli import segment_command
from napari_nuclei.cli.profiles.profile_options import (
    check_settings,
    group_settings,
    list_settings,
    main_option,
    make_settings_parser,
    setting_name_of,
    settings_from_args,
    words_of_settings,
)

EXAMPLES = {
    "axes": "TZYX",
    "block": 512,
    "channel": "blue",
    "classify": "classifier.skops",
    "diameter": "9um",
    "engine": "litert",
    "format": ["labels", "csv"],
    "frame_interval": 60,
    "image": ["ki67=ki67/{stem}.tif", "a b.tif"],
    "join": "z",
    "labels_name": "mine",
    "model": "nuclei-fast",
    "numbering": "plane",
    "ome_version": 0.4,
    "probability": 0.1,
    "properties": ["area", "mean"],
    "regions": "regions",
    "ring": "1um:3um",
    "splitting": "1e-1",
    "stains": ["dab", "eosin"],
    "threshold": "ki67_mean=-1,2.5",
    "tile": 64,
    "z_spacing": 0.5,
}
"""A value for each option of which a number of any kind is not a value."""


def value_of(action: argparse.Action) -> object:
    name = setting_name_of(main_option(action))
    return EXAMPLES.get(name, True if action.nargs == 0 else 32)


def test_every_option_is_the_same_after_a_profile() -> None:
    parser = make_settings_parser(segment_command.add_command)
    for action in list_settings(parser):
        name = setting_name_of(main_option(action))
        settings = {name: value_of(action)}
        words = words_of_settings(parser, settings, "p.toml")
        first = parser.parse_args([*words, "--", "in.tif"])
        assert settings_from_args(parser, first) == settings
        grouped = group_settings(parser, settings)
        assert [one for group in grouped.values() for one in group] == [name]
        again = words_of_settings(parser, settings_from_args(parser, first), "p.toml")
        assert vars(parser.parse_args([*again, "--", "in.tif"])) == vars(first)


def test_a_flag_may_be_off() -> None:
    parser = make_settings_parser(segment_command.add_command)
    settings = {"correct": False, "overlay": False}
    args = parser.parse_args([*words_of_settings(parser, settings, ""), "--", "in.tif"])
    assert (args.correct, args.overlay) == (False, False)
    assert settings_from_args(parser, args) == {"correct": False}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"diamter": 9}, "p.toml: there is no setting diamter; did you mean diameter?"),
        ({"xyz": 9}, "p.toml: there is no setting xyz; choose from pattern, channel"),
        ({"output": "x"}, "p.toml: output is not stored in a profile. Give PATH to"),
        ({"correct": "no"}, "p.toml: correct must be true or false; got 'no'"),
        ({"channel": True}, "p.toml: channel must not be true or false"),
        ({"ring": ["1", "2"]}, "p.toml: ring takes one value, not a list"),
        (
            {"min_score": 0.3, "min_confidence": 0.4},
            "p.toml has both min_confidence and its old name min_score; use",
        ),
    ],
)
def test_a_setting_that_does_not_fit_gets_one_line(
    settings: dict[str, object], message: str
) -> None:
    parser = make_settings_parser(segment_command.add_command, "p.toml")
    with pytest.raises(ValueError) as raised:
        check_settings(parser, settings, "p.toml")
        words_of_settings(parser, settings, "p.toml")
    assert str(raised.value).startswith(message)


def test_the_message_about_a_value_begins_with_the_profile() -> None:
    parser = make_settings_parser(segment_command.add_command, "p.toml")
    words = words_of_settings(parser, {"probability": "high"}, "p.toml")
    with pytest.raises(ValueError, match=r"^p\.toml: --probability: must be a number"):
        parser.parse_args([*words, "--", "in.tif"])


@pytest.mark.parametrize("name", ["min_score", "min-score"])
def test_an_old_name_works_with_one_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = make_settings_parser(segment_command.add_command)
    check_settings(parser, {name: 0.3}, "")
    assert words_of_settings(parser, {name: 0.3}, "") == ["--min-confidence=0.3"]
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"napari-nuclei: {name} is now min_confidence"]
