from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CommandLine = Callable[..., tuple[int, str, str]]


def test_a_progress_bar_is_shown_on_a_terminal_only(
    run: CommandLine, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("segment", data / "images", "-o")
    assert run(*words, "without")[2] == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    code, _, err = run(*words, "out")
    assert code == 0
    assert "step" in err
