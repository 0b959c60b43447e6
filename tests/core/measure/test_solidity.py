from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import regionprops_table

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.measure.pixels import NucleusPixels
from napari_nuclei.core.measure.solidity import HULLS_PER_CHECK, measure_solidity


def test_solidity_is_that_of_scikit_image(discs) -> None:
    labels = discs((80, 80), [(20, 20, 9), (26, 28, 8), (60, 40, 12), (5, 70, 3)])
    labels[labels == 2] = 9  # there may be gaps
    expected = regionprops_table(labels, properties=("solidity",))["solidity"]
    np.testing.assert_array_equal(measure(labels)["solidity"], expected)


def test_the_check_can_stop_between_hulls() -> None:
    labels = np.arange(1, 2 * HULLS_PER_CHECK + 1).reshape(2, -1)
    calls = []

    def check() -> None:
        calls.append(None)
        if len(calls) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        measure_solidity(NucleusPixels.of_labels(labels), check)


def test_a_label_without_pixels_has_no_row() -> None:
    labels = np.array([[1, 1, 0, 3, 3], [1, 1, 0, 3, 3]])
    assert measure_solidity(NucleusPixels.of_labels(labels)).tolist() == [1, 1]
