from __future__ import annotations

import numpy as np
from napari.layers import Labels

from napari_nuclei.core.correct.edit import make_edit
from napari_nuclei.widgets.correct import layer_state
from napari_nuclei.widgets.correct.layer_state import LayerState


def test_numbers_of_the_prediction_are_not_used_again(plane) -> None:
    layer = Labels(plane, metadata={"napari_nuclei": {"prediction": plane + 5}})
    assert LayerState(layer).new_label(layer) == 12


def test_old_edits_leave_the_history_but_stay_corrected(plane, monkeypatch) -> None:
    monkeypatch.setattr(layer_state, "MAX_EDITS", 2)
    layer = Labels(plane)
    state = LayerState(layer)
    for number in range(1, 5):
        box = (slice(number, number + 1), slice(0, 1))
        state.add(make_edit(plane, box, np.array([[number + 10]]), "paint", [number]))
    assert len(state.history.applied) == 2
    assert state.corrected == {1, 2, 3, 4} | {11, 12, 13, 14}
    state.save(layer)
    assert LayerState(layer).corrected == state.corrected
    assert LayerState(layer).highest == 14


def test_edits_of_large_windows_leave_the_history_early(plane, monkeypatch) -> None:
    monkeypatch.setattr(layer_state, "MAX_PIXELS", 1.5 * plane.size)
    state = LayerState(Labels(plane))
    whole = tuple(slice(0, side) for side in plane.shape)
    for number in (1, 2, 3):
        state.add(make_edit(plane, whole, plane[::-1] + number, "paint"))
    assert len(state.history.applied) == 1 and {1, 2, 3, 4, 5, 6} <= state.corrected
