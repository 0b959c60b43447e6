from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.widgets.folder.folder_request import FolderRequest


def test_the_request_is_a_command() -> None:
    request = FolderRequest(
        Path("in"),
        None,
        {"diameter": "9um", "channel": 3, "format": ["overlay"]},
        pattern="{well}_w{channel}",
        channel="w1",
        workers=3,
    )
    args = request.arguments()
    assert (args.inputs, args.output) == (["in"], Path("in_nuclei"))
    assert (args.diameter, args.channel, args.pattern) == ("9um", "w1", request.pattern)
    assert (args.workers, args.table, args.formats) == (3, True, ["overlay"])


def test_what_is_not_chosen_is_as_in_the_settings() -> None:
    args = FolderRequest(
        Path("in"), Path("out"), {"channel": 3}, table=False
    ).arguments()
    assert (args.channel, args.pattern, args.table, args.workers) == (
        *(3, "auto", False, None),
    )
    assert args.output == Path("out")


def test_a_wrong_setting_is_named_with_its_profile() -> None:
    request = FolderRequest(Path("in"), None, {"diamter": 9}, "mine.toml")
    with pytest.raises(ValueError, match=r"mine\.toml: there is no setting diamt"):
        request.arguments()
    request = FolderRequest(Path("in"), None, {"probability": "x"}, "mine.toml")
    with pytest.raises(ValueError, match=r"mine\.toml: --probability: must be"):
        request.arguments()
