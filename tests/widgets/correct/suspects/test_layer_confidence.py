from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from napari.layers import Labels

from napari_nuclei.widgets.correct.suspects.layer_confidence import with_confidence


@pytest.fixture
def measured() -> pd.DataFrame:
    return pd.DataFrame({"area": [5, 6, 7]}, index=pd.Index([1, 2, 3], name="label"))


def layer(**features) -> Labels:
    return Labels(np.zeros((4, 4), int), features=features)


def test_the_confidence_comes_by_label_but_not_of_edited_nuclei(measured) -> None:
    of_run = layer(label=[0, 3, 1, 2], confidence=[np.nan, 0.3, 0.1, 0.2])
    found = with_confidence(measured, of_run, [2])["confidence"]
    np.testing.assert_array_equal(found, [0.1, np.nan, 0.3])
    assert "confidence" not in measured


@pytest.mark.parametrize(
    "features",
    [{}, {"confidence": [0.1, 0.2]}, {"label": [1, 1], "confidence": [0.1, 0.2]}],
    ids=["no features", "no label", "labels of several planes"],
)
def test_without_a_confidence_by_label_there_is_none(measured, features) -> None:
    assert with_confidence(measured, layer(**features), []) is measured
