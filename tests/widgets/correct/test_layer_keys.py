from __future__ import annotations

import numpy as np
from napari.layers import Labels

from napari_nuclei.widgets.correct.layer_keys import LayerKeys


def test_keys_are_taken_and_given_back() -> None:
    pressed = []
    first, second = (Labels(np.zeros((4, 4), int)) for _ in range(2))
    first.bind_key("D", lambda layer: pressed.append("former"))
    keys = LayerKeys({"D": lambda: pressed.append("D"), ",": lambda: pressed.append(1)})
    for layer in (first, second, None):
        keys.bind(layer)
        for call in first.keymap.values():
            call(first)
    assert pressed == ["D", 1, "former", "former"] and not second.keymap
