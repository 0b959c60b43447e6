from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.widgets.layers.layer_identity import layer_key


@pytest.fixture
def key():
    """Return a function that identifies labels over an image."""

    def key_(labels, image=None, **arguments) -> str:
        viewer = ViewerModel()
        if image is not None:
            viewer.add_image(image, name="cells")
        layer = viewer.add_labels(labels, **arguments)
        return layer_key(viewer, layer)

    return key_


def test_equal_labels_have_one_key_whatever_their_type_and_corrections(
    key, discs
) -> None:
    labels = discs((60, 80), [(30, 20, 8), (30, 60, 8)])
    wanted = key(labels)
    assert key(labels.astype(np.uint8)) == wanted
    corrected = np.where(labels == 1, 0, labels)
    assert key(corrected) != wanted
    metadata = {"napari_nuclei": {"prediction": labels}}
    assert key(corrected, metadata=metadata) == wanted
    assert key(labels[:, :-1]) != wanted


def test_labels_without_nuclei_are_known_by_their_image(key) -> None:
    empty = np.zeros((60, 80), np.uint16)
    image = np.random.default_rng(0).random((60, 80)).astype(np.float32)
    assert key(empty, image) == key(empty.copy(), image.copy())
    assert key(empty, image) != key(empty, image[::-1])
    assert key(empty, image) != key(empty)


def test_large_labels_are_sampled_in_all_columns(key) -> None:
    labels = np.zeros((2048, 2048), np.int32)
    labels[:, 1::2] = 5
    other = labels[:, ::-1]
    assert key(labels) != key(np.ascontiguousarray(other))
