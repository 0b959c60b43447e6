from __future__ import annotations

import logging

import pytest

from napari_nuclei.training.loop.hooks import Hooks


def test_messages_go_to_the_hook_or_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines: list[str] = []
    with caplog.at_level(logging.INFO, "napari_nuclei"):
        Hooks(message=lines.append).say("to the user")
        Hooks().say("to the log")
    assert lines == ["to the user"]
    assert caplog.messages == ["to the log"]
