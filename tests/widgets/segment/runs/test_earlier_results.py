from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from napari_nuclei.widgets.segment.layer_data import METADATA_KEY
from napari_nuclei.widgets.segment.runs.earlier_results import hide_earlier_results

RECORD = {
    "image": "cells",
    "path": None,
    "channel": None,
    "level": 0,
    "bounds": [[0, 8], [0, 8]],
}


def result(name: str, **changes) -> Labels:
    metadata = {METADATA_KEY: RECORD | changes}
    return Labels(np.ones((8, 8), int), name=name, metadata=metadata)


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


def test_labels_of_the_same_pixels_are_hidden_and_named(viewer) -> None:
    old, older, new = map(viewer.add_layer, map(result, ("b", "a", "c")))
    line = hide_earlier_results(viewer, new)
    assert (old.visible, older.visible, new.visible) == (False, False, True)
    assert line == '"b" and "a" from an earlier run are hidden.'
    assert hide_earlier_results(viewer, new) == ""


@pytest.mark.parametrize(
    "changes",
    [{"image": "other"}, {"channel": 1}, {"level": 1}, {"bounds": [[0, 8], [8, 16]]}],
)
def test_results_of_other_pixels_stay(viewer, changes) -> None:
    other = viewer.add_layer(result("other", **changes))
    plain = viewer.add_labels(np.ones((8, 8), int))
    assert hide_earlier_results(viewer, viewer.add_layer(result("new"))) == ""
    assert other.visible
    assert plain.visible


@pytest.mark.usefixtures("network")
def test_a_second_run_hides_the_first_result_and_says_so(
    opened, run, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    (first,) = results(viewer)
    run(widget)
    second = next(layer for layer in results(viewer) if layer is not first)
    assert (first.visible, second.visible) == (False, True)
    assert viewer.layers.selection.active is second
    lines = widget.status_panel.status.value.splitlines()
    assert lines[0].startswith("6 nuclei")
    assert lines[-1] == f'"{first.name}" from an earlier run is hidden.'
