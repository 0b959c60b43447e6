from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from napari_nuclei.widgets.layers.layer_corrections import (
    has_corrections,
    take_snapshot,
)


@pytest.fixture
def layer(discs) -> Labels:
    labels = discs((60, 120), [(30, 20, 8), (30, 60, 8), (30, 100, 8)])
    metadata = {"napari_nuclei": {"prediction": labels}}
    return Labels(labels.copy(), metadata=metadata)


def test_other_numbers_are_no_corrections(layer) -> None:
    assert not has_corrections(layer)
    layer.data = np.where(layer.data > 0, layer.data + 7, 0)
    assert not has_corrections(layer)
    assert take_snapshot(layer).find() is None


def test_changed_accepted_and_deleted_nuclei_are_found(layer) -> None:
    predicted = layer.data.copy()
    layer.fill((30, 20), 0)
    assert has_corrections(layer)
    layer.paint((30, 60), 9)
    layer.metadata["napari_nuclei_corrections"] = {"accepted": [3]}
    found = take_snapshot(layer).find()
    assert found.corrected == (2, 3, 9)
    np.testing.assert_array_equal(found.deleted, predicted == 1)
    layer.data[:] = 0
    assert found.labels.any()  # a copy


def test_layers_that_segment_nuclei_did_not_make_have_none(layer) -> None:
    layer.fill((30, 20), 0)
    painted = Labels(layer.data)
    assert not has_corrections(painted)
    cropped = Labels(layer.data[:30], metadata=layer.metadata)
    assert take_snapshot(cropped) is None


def test_labels_with_an_axis_of_one_channel_are_compared(layer) -> None:
    layer.fill((30, 20), 0)
    longer = Labels(layer.data[np.newaxis], metadata=layer.metadata)
    assert take_snapshot(longer).find().deleted.shape == layer.data.shape
