"""The tick that keeps corrected nuclei."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("network")


def test_the_tick_is_offered_for_corrected_results_and_keeps_them(
    opened, run, spots, results, qtbot
) -> None:
    viewer, widget = opened(spots[0])
    box = widget.form.keep.box
    assert box.native.isHidden()
    run(widget)
    (first,) = results(viewer)
    first.fill((30, 30), 0)  # delete
    first.selected_label = 40
    first.paint((60, 60), 40)
    qtbot.waitUntil(lambda: not box.native.isHidden())
    assert box.value
    corrected = first.data.copy()
    run(widget)
    second = next(one for one in results(viewer) if one is not first)
    np.testing.assert_array_equal(second.data == 40, corrected == 40)
    assert not second.data[spots[1] == 1].any()
    assert len(np.unique(second.data)) == 7
    assert "Kept 1 corrected nucleus; left out 1" in widget.status_panel.status.value
    assert second.features["label"].tolist() == list(range(41))
    # The newest result counts: a correction of it is kept too.
    second.fill((30, 90), 0)
    run(widget)
    third = next(one for one in results(viewer) if one not in (first, second))
    assert not third.data[np.isin(spots[1], (1, 2))].any()
    assert (third.data == 40).any()
    box.value = False
    run(widget)
    last = results(viewer)[-1]
    assert last.data.max() == 6
    assert len(np.unique(last.data)) == 7
    assert not last.data[60, 60]
    # Results of another image have nothing to do with this one.
    viewer.add_image(spots[0], name="another")
    widget.form.image.value = viewer.layers["another"]
    assert box.native.isHidden()
