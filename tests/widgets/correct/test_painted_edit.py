from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from napari_nuclei.widgets.correct.painted_edit import painted_edit


@pytest.fixture
def painted(plane):
    """Return a layer, and the edits of what is painted in it."""
    layer, edits = Labels(plane.copy()), []
    layer.events.paint.connect(
        lambda event: edits.append(painted_edit(layer.data, event.value, 6))
    )
    return layer, edits


def stroke(layer) -> None:
    with layer.block_history():
        layer.paint((30, 30), 7)
        layer.paint((34, 36), 0)


@pytest.mark.parametrize(
    ("change", "touched", "new"),
    [
        (stroke, (1,), (7,)),
        (lambda layer: layer.fill((90, 90), 3), (3, 5), ()),
        (
            lambda layer: layer.data_setitem(tuple(np.array([[5, 6], [5, 7]])), 8),
            (),
            (8,),
        ),
        (lambda layer: layer.paint_polygon([(0, 0), (0, 9), (9, 9)], 2), (2,), ()),
    ],
    ids=["stroke", "bucket", "set pixels", "polygon"],
)
def test_the_edit_holds_what_was_painted(painted, plane, change, touched, new) -> None:
    layer, edits = painted
    change(layer)
    (edit,) = edits
    assert edit.touched == touched and edit.new == new
    again = plane.copy()
    edit.apply(again)
    np.testing.assert_array_equal(again, layer.data)
    edit.revert(again)
    np.testing.assert_array_equal(again, plane)


def test_painting_what_is_there_is_no_edit(plane) -> None:
    step = (([30], [30]), np.array([1]), np.int32(1))
    assert painted_edit(plane, [step], 6) is None
    assert painted_edit(plane, [], 6) is None
