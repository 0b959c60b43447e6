from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.scale.recoverable import (
    RECOVERABLE_ERRORS,
    WatchedProgress,
    describe_failure,
)


def test_errors_of_opencv_do_not_end_a_run() -> None:
    with pytest.raises(RECOVERABLE_ERRORS):
        cv2.resize(np.zeros((0, 0), np.uint8), (5, 5))


@pytest.mark.parametrize("error", [KeyError, IndexError, AssertionError, NameError])
def test_errors_of_the_program_are_bugs(error: type[Exception]) -> None:
    assert not issubclass(error, RECOVERABLE_ERRORS)


def test_a_bug_is_described_with_its_type_or_raised_for_debugging(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert describe_failure(ValueError("too small")) == "too small"
    assert "Use fewer workers" in describe_failure(MemoryError())
    expected = "Unexpected error (KeyError: 'a')"
    assert describe_failure(KeyError("a")) == expected
    monkeypatch.setenv("NAPARI_NUCLEI_DEBUG", "1")
    assert describe_failure(ValueError("too small")) == "too small"
    with pytest.raises(KeyError):
        describe_failure(KeyError("a"))


def test_an_error_in_progress_is_remembered() -> None:
    def fail(done: int, total: int) -> None:
        if done == 2:
            raise ValueError

    watched = WatchedProgress(fail)
    watched(1, 2)
    assert not watched.cancelled
    with pytest.raises(ValueError):
        watched(2, 2)
    assert watched.cancelled
    WatchedProgress(None)(1, 1)
