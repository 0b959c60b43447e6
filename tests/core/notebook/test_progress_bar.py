from __future__ import annotations

import sys
import types

import pytest

from napari_nuclei.core.notebook import progress_bar as bars
from napari_nuclei.core.notebook.progress_bar import (
    is_interactive,
    print_line,
    progress_bar,
    shows_progress,
)
from napari_nuclei.core.tiling import Progress


@shows_progress("tile")
def count(to: int, *, progress: Progress | None = None, hooks: object = None) -> bool:
    """Count, and return whether there was progress to report."""
    for done in range(1, to + 1):
        if progress:
            progress(done, to)
    return progress is not None


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "is_interactive", lambda: True)
    monkeypatch.setattr(bars, "DELAY", 0.0)


def test_a_bar_is_shown_in_a_terminal(
    terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert count(3)
    assert "tile" in capsys.readouterr().err
    with progress_bar("image") as progress:
        assert progress
        progress(2, 4)
        print_line("above the bar")
    captured = capsys.readouterr()
    assert "image" in captured.err
    assert captured.out == "above the bar\n"


def test_elsewhere_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert not count(3)
    with progress_bar("image") as progress:
        assert progress is None
    assert capsys.readouterr().err == ""


def test_callbacks_of_the_caller_replace_the_bar(
    terminal: None, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[int, int]] = []
    assert count(2, progress=lambda *step: calls.append(step))
    assert calls == [(1, 2), (2, 2)]
    assert not count(2, hooks="hooks")
    assert capsys.readouterr().err == ""


def test_a_notebook_is_interactive(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_interactive()
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    assert is_interactive()
