from __future__ import annotations

from types import SimpleNamespace

import pytest

from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.marks import Marks
from napari_nuclei.widgets.correct.tool_mouse import ToolMouse


class Calls:
    """Notes what is called, with its arguments."""

    def __init__(self) -> None:
        self.made = []
        self.added = None

    def __getattr__(self, name):
        return lambda *arguments: self.made.append((name, *arguments))


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def mouse(session, calls) -> ToolMouse:
    return ToolMouse(session, calls, calls, Marks(session.viewer))


@pytest.fixture
def draw(session, gesture):
    """Return a function that draws over the layer while a tool is on."""
    layer = session.layer

    def draw_(*points, quick=False) -> None:
        callbacks = list(layer.mouse_drag_callbacks)
        gesture(layer, callbacks, *points, quick=quick)

    return draw_


@pytest.mark.parametrize(
    ("tool", "points", "expected"),
    [
        ("delete", [(30, 30)], ("delete", [(30, 30)])),
        ("delete", [(30, 30), (30, 52)], ("delete", [(30, 30), (30, 52), (30, 52)])),
        ("merge", [(30, 30), (30, 52)], ("merge", [(30, 30), (30, 52), (30, 52)])),
        (
            "split",
            [(15, 30), (45, 30)],
            ("split_by_line", [(15, 30), (45, 30), (45, 30)]),
        ),
        ("add", [(60, 60)], ("add", (60, 60))),
        ("add", [(60, 60), (80, 85)], ("add_box", (60, 60), (80, 85))),
        (
            "redraw",
            [(60, 60), (80, 85), (70, 50)],
            ("redraw", [(60, 60), (80, 85), (70, 50), (70, 50)]),
        ),
    ],
)
def test_a_gesture_becomes_a_correction(mouse, calls, draw, tool, points, expected):
    mouse.toggle(tool)
    draw(*points)
    (made,) = calls.made
    name, *arguments = made
    assert name == expected[0]
    for found, wanted in zip(arguments, expected[1:], strict=True):
        flat = found if isinstance(found[0], tuple) else [found]
        want = wanted if isinstance(wanted[0], tuple) else [wanted]
        assert [pytest.approx(one) for one in want] == list(flat)


def test_a_drag_without_an_event_on_its_way_is_no_click(mouse, calls, draw) -> None:
    mouse.choose("merge")
    draw((30, 30), (30, 52), quick=True)
    ((name, path),) = calls.made
    assert name == "merge"
    assert path == [pytest.approx((30, 30)), pytest.approx((30, 52))]


def test_a_split_takes_two_clicks_in_one_nucleus(mouse, calls, draw, session) -> None:
    mouse.choose("split")
    for point in ((30, 25), (90, 28), (60, 60), (90, 34)):
        draw(point)
    assert [made[0] for made in calls.made] == [
        "prepare_split",
        "prepare_split",
        "split_by_points",
    ]
    assert calls.made[-1][1] == [pytest.approx((90, 28)), pytest.approx((90, 34))]
    assert (
        "There is no nucleus here. Click on both halves"
        in session.messages[-2] + (session.messages[-1])
    )


def test_a_tool_is_left_by_its_button_escape_a_brush_or_another_layer(
    mouse, session
) -> None:
    layer, viewer = session.layer, session.viewer
    changes = []
    mouse.tool_changed.connect(changes.append)

    def is_off() -> bool:
        callbacks = layer.mouse_drag_callbacks
        return not mouse.tool and mouse._on_press not in callbacks and layer.mouse_zoom

    mouse.toggle("delete")
    assert layer.mode == "pick" and not layer.mouse_pan
    mouse.toggle("delete")
    assert is_off() and layer.mode == "pan_zoom"
    mouse.choose("merge")
    (escape,) = [call for key, call in layer.keymap.items() if str(key) == "Escape"]
    escape(layer)
    assert is_off() and not layer.keymap
    mouse.choose("merge")
    layer.mode = "paint"
    assert is_off() and layer.mode == "paint"
    mouse.choose("add")
    viewer.layers.selection.active = viewer.layers["cells"]
    assert is_off()
    assert changes == ["delete", "", "merge", "", "merge", "", "add", ""]


def test_space_moves_the_camera_and_the_tool_stays(mouse, calls, draw, session) -> None:
    mouse.choose("delete")
    session.layer.mode = "pan_zoom"  # napari does this while Space is pressed
    draw((30, 30))
    session.layer.mode = "pick"
    assert mouse.tool == "delete" and not calls.made
    draw((30, 30))
    assert len(calls.made) == 1


def test_background_does_not_become_the_label_of_the_brush(mouse, draw, session):
    session.select(3)
    mouse.choose("add")
    draw((60, 60))
    assert session.layer.selected_label == 3


def test_the_wheel_resizes_a_nucleus_as_soon_as_it_is_added(
    mouse, calls, draw, session
) -> None:
    outline = SimpleNamespace(region=(slice(50, 70), slice(50, 70)))

    def add(pixel) -> None:
        calls.added = SimpleNamespace(part=session.part(), outlines=(outline,))
        session.select(7, pixel)

    calls.add = add
    mouse.choose("add")
    assert session.layer.mouse_zoom
    draw((60, 60))
    assert not session.layer.mouse_zoom
    mouse.leave()
    assert session.layer.mouse_zoom


def test_the_first_click_of_a_split_selects_the_nucleus(mouse, draw, session) -> None:
    mouse.choose("split")
    draw((30, 25))
    assert session.selected == 1


def test_in_3d_a_tool_says_why_it_stays_off(volume, calls) -> None:
    session, messages = CorrectionSession(volume), []
    session.message_sent.connect(messages.append)
    mouse, shown = ToolMouse(session, calls, calls, Marks(volume)), []
    mouse.tool_changed.connect(shown.append)
    volume.dims.ndisplay = 3
    mouse.choose("delete")
    assert not mouse.tool and shown[-1] == ""  # so that no button stays down
    assert messages == [
        "Corrections are made in the 2-D view: press Ctrl+Y to leave the 3-D view"
    ]


def test_an_error_of_a_correction_is_a_message(mouse, draw, session, calls) -> None:
    def fail(path) -> None:
        raise ValueError("Labels of type uint8 hold no number above 255")

    calls.delete = fail
    mouse.choose("delete")
    draw((30, 30))
    assert session.messages[-1] == "Labels of type uint8 hold no number above 255"


def test_a_layer_that_is_active_for_a_moment_does_not_end_a_tool(
    mouse, session
) -> None:
    waiting = []
    mouse.later = waiting.append
    mouse.choose("delete")
    viewer = session.viewer
    viewer.layers.selection.active = viewer.layers["cells"]
    viewer.layers.selection.active = session.layer
    for call in waiting:
        call()
    assert mouse.tool == "delete"
