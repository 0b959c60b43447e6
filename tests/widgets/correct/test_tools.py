from __future__ import annotations

import pytest
from app_model.types import KeyBinding
from napari.layers import Labels
from napari.utils.key_bindings import coerce_keybinding
from napari.utils.shortcuts import default_shortcuts

from napari_nuclei.widgets.correct.tools import ACTIONS, MOUSE_TOOLS, MOVES

TOOLS = (*MOUSE_TOOLS, *ACTIONS, *MOVES)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_key_does_nothing_else_in_a_labels_layer(tool) -> None:
    key = coerce_keybinding(tool.key)
    other = ("points", "shapes", "image", "select_all", "select_append", "vertex")
    other = (*other, "select", "add_", "direct", "plane_normal", "auto_contrast")
    used: set[KeyBinding] = set(Labels.class_keymap)
    for name, keys in default_shortcuts.items():
        action = name.partition(":")[2]
        if "labels" in action or not any(part in action for part in other):
            used.update(keys)
    assert key not in used
    assert [one.key for one in TOOLS].count(tool.key) == 1


def test_buttons_and_tooltips_name_the_key() -> None:
    assert MOUSE_TOOLS[0].text == "Delete (D)"
    assert all(tool.tooltip.endswith(f"Key: {tool.key}") for tool in TOOLS)
