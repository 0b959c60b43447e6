from __future__ import annotations

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.core.errors import as_one_line, format_error

ERRORS: dict[str, tuple[BaseException, str]] = {
    "with a file": (PermissionError(13, "Permission denied", "a b"), "a b: Permission"),
    "without a file": (OSError(28, "No space left"), "No space left"),
    "a full disk": (
        OSError(errno.ENOSPC, "No space left on device", "out/a.tif"),
        "out/a.tif: No space left on device. Free some space, or name another folder",
    ),
    "a file above a limit": (
        OSError(errno.EFBIG, "File too large", "out/a.tif"),
        "out/a.tif: File too large. Name a folder on a disk that holds files of",
    ),
    "of the program": (FileNotFoundError("a: there is no such"), "a: there is no such"),
    "several lines": (ValueError("one\n  two"), "one two"),
    "no words": (MemoryError(), "MemoryError"),
}


@pytest.mark.parametrize(("error", "line"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_one_line_without_numbers(error: BaseException, line: str) -> None:
    assert format_error(error).startswith(line)
    assert "Errno" not in format_error(error)
    assert "\n" not in format_error(error)


TEXTS = {
    "colours": ("\x1b[1;31mred\x1b[0m", "red"),
    "a title": ("a\x1b]0;title\x07b", "ab"),
    "a title that ends otherwise": ("a\x1b]0;title\x1b\\b", "ab"),
    "a link": ("\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "here"),
    "a cleared screen": ("\x1b[2J\x1b[Hx", "x"),
    "a character set": ("\x1b(0x", "x"),
    "a lone escape": ("x\x1b", "x"),
    "eight bit": ("\x9b31mx", "31mx"),
    "lines": ("one\r\ntwo\ttabs  spaces\u2028end", "one two tabs spaces end"),
    "a backspace": ("ab\x08\x08cd", "abcd"),
    "reversed text": ("a\u202egpj.exe", "agpj.exe"),
    "usual text": ("Größe 20 µm, 核 👩‍🔬", "Größe 20 µm, 核 👩‍🔬"),
    "a file name of other bytes": ("a\udcff.tif", "a\udcff.tif"),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_only_what_can_be_read_is_left(text: str, expected: str) -> None:
    assert as_one_line(text) == expected


@given(st.text())
def test_no_text_has_control_characters_or_several_lines(text: str) -> None:
    line = as_one_line(text)
    assert not any(ord(x) < 32 or 127 <= ord(x) < 160 for x in line)
    assert len(line.splitlines()) <= 1
    assert as_one_line(line) == line
