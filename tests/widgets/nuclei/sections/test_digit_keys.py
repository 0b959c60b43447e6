from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.widgets.nuclei.sections.digit_keys import DigitKeys


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    viewer.add_labels(np.repeat([[1, 2]], 2, axis=0), scale=(10, 10))
    viewer.add_image(np.zeros((2, 2)))
    return viewer


def press(layer, digit: int) -> None:
    keymap = {str(key): call for key, call in layer.keymap.items()}
    keymap[str(digit)](layer)


def test_a_key_reports_the_label_under_the_mouse(viewer) -> None:
    found = []
    keys = DigitKeys(viewer, lambda *pressed: found.append(pressed))
    layer = viewer.layers[0]
    keys.bind(layer)
    assert viewer.layers.selection.active is layer
    for position, digit in [((10, 10), 3), ((0, 0), 0), ((500, 0), 9)]:
        viewer.cursor.position = position
        press(layer, digit)
    assert found == [(3, 2), (0, 1), (9, 0)]


def test_keys_are_given_back(viewer) -> None:
    layer = viewer.layers[0]

    def earlier(layer: object) -> None: ...

    layer.bind_key("3", earlier)
    keys = DigitKeys(viewer, lambda *pressed: None)
    keys.bind(layer)
    keys.bind(layer)
    keys.unbind()
    assert list(layer.keymap.values()) == [earlier]


def test_another_layer_takes_over(viewer) -> None:
    first = viewer.layers[0]
    second = viewer.add_labels(np.ones((2, 2), int))
    keys = DigitKeys(viewer, lambda *pressed: None)
    keys.bind(first)
    keys.bind(second)
    assert not first.keymap
    assert len(second.keymap) == 10
    keys.bind(None)
    assert not second.keymap
