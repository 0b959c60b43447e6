from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.numbers import check_number, next_label


def test_a_new_number_was_never_used() -> None:
    labels = np.array([[0, 4], [2, 0]], np.int32)
    assert next_label(labels) == 5
    assert next_label(labels, used=[9, 3]) == 10
    assert next_label(labels * 0) == 1


def test_a_full_dtype_is_an_error_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="convert the layer to int32"):
        next_label(np.array([[255]], np.uint8))
    with pytest.raises(ValueError, match="start at 1"):
        check_number(np.array([[0]]), 0)
