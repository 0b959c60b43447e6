from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.cli import argument_types as types

READ: dict[str, tuple[Callable[[str], Any], str, Any]] = {
    "a path": (types.parse_path, "a/b.tif", Path("a/b.tif")),
    "whole number": (types.parse_int, "-3", -3),
    "positive number": (types.parse_positive_int, "3", 3),
    "number": (types.parse_float, "1e-3", 0.001),
    "seconds": (types.parse_duration, "90", 90.0),
    "seconds with their unit": (types.parse_duration, "90s", 90.0),
    "minutes": (types.parse_duration, "1.5min", 90.0),
    "minutes, short": (types.parse_duration, "2m", 120.0),
    "hours": (types.parse_duration, "2h", 7200.0),
    "channel": (types.parse_channel, "1", 1),
    "colour": (types.parse_channel, "Green", "green"),
    "channel counts": (types.parse_channel_counts, "8,4", (8, 4)),
}


@pytest.mark.parametrize(("parse", "text", "value"), READ.values(), ids=READ)
def test_a_value_is_read_from_its_text(
    parse: Callable[[str], Any], text: str, value: Any
) -> None:
    assert parse(text) == value


REFUSED: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "an empty path": (types.parse_path, "", "must not be empty"),
    "an empty model": (types.expand_home, "", "must not be empty"),
    "a fraction": (types.parse_int, "1.5", "must be a whole number; got 1.5"),
    "zero": (types.parse_positive_int, "0", "must be a whole number of at least 1"),
    "a negative number": (types.parse_positive_int, "-2", "at least 1; got -2"),
    "an unknown colour": (
        types.parse_channel,
        "cyan",
        "or red, green, blue for an RGB",
    ),
    "no number": (types.parse_float, "big", "must be a number; got big"),
    "no duration": (types.parse_duration, "soon", "must be a duration such as 90"),
    "no counts": (types.parse_channel_counts, "8,x", "whole numbers separated by"),
}


@pytest.mark.parametrize(("parse", "text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_text_is_refused_with_the_reason(
    parse: Callable[[str], Any], text: str, message: str
) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        parse(text)


@pytest.mark.parametrize("parse", [types.parse_path, types.expand_home])
def test_a_quoted_tilde_is_the_home_folder(
    parse: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Path(parse("~/a.tif")) == tmp_path / "a.tif"
    assert Path(parse("a~.tif")) == Path("a~.tif")
