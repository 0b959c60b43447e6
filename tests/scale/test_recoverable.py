from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.scale.recoverable import RECOVERABLE_ERRORS


def test_errors_of_opencv_do_not_end_a_run() -> None:
    with pytest.raises(RECOVERABLE_ERRORS):
        cv2.resize(np.zeros((0, 0), np.uint8), (5, 5))


@pytest.mark.parametrize("error", [KeyError, IndexError, AssertionError, NameError])
def test_errors_of_the_program_end_a_run(error: type[Exception]) -> None:
    assert not issubclass(error, RECOVERABLE_ERRORS)
