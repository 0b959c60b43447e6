from __future__ import annotations

import pytest

from napari_nuclei.core.errors import format_error

ERRORS: dict[str, tuple[BaseException, str]] = {
    "with a file": (PermissionError(13, "Permission denied", "a b"), "a b: Permission"),
    "without a file": (OSError(28, "No space left"), "No space left"),
    "of the program": (FileNotFoundError("a: there is no such"), "a: there is no such"),
    "several lines": (ValueError("one\n  two"), "one two"),
    "no words": (MemoryError(), "MemoryError"),
}


@pytest.mark.parametrize(("error", "line"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_one_line_without_numbers(error: BaseException, line: str) -> None:
    assert format_error(error).startswith(line)
    assert "Errno" not in format_error(error)
    assert "\n" not in format_error(error)
