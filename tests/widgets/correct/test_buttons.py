from __future__ import annotations

from napari_nuclei.widgets.correct.buttons import ToolButtons
from napari_nuclei.widgets.correct.tools import MOUSE_TOOLS


def test_a_press_names_the_tool_and_one_button_is_down(qtbot) -> None:
    pressed = []
    buttons = ToolButtons(MOUSE_TOOLS, pressed.append, 3, checkable=True)
    qtbot.addWidget(buttons)
    for tool in MOUSE_TOOLS:
        buttons.buttons[tool.name].click()
    assert pressed == ["delete", "merge", "split", "add", "redraw"]
    buttons.show_tool("split")
    down = [name for name, one in buttons.buttons.items() if one.isChecked()]
    assert down == ["split"]
    buttons.show_tool("")
    assert not any(one.isChecked() for one in buttons.buttons.values())
