from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.measure.check_labels import check_labels

EYE = np.eye(8, dtype=np.int32)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (EYE * -3, ValueError, r"^labels must be 0 .* got -3$"),
        (EYE > 0, TypeError, r"got bool\. Number the nuclei first"),
        (EYE / 2, TypeError, r"got float64$"),
        (EYE[0], ValueError, "must have the axes Y and X"),
    ],
    ids=["negative", "boolean", "float", "a line"],
)
def test_arrays_that_are_no_labels_are_refused_in_one_line(
    labels: NDArray[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        check_labels(labels)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_integers_from_0_are_labels(dtype: type[np.integer[Any]]) -> None:
    check_labels(np.zeros((0, 4), dtype))
    check_labels(np.full((2, 3, 4), np.iinfo(dtype).max, dtype))
