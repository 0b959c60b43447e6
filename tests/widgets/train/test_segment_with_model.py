from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.train.segment_with_model import segment_with_model

PATIENCE = 60_000


@pytest.mark.parametrize(("diameter", "said"), [(17.0, "17"), (None, "auto")], ids=str)
def test_a_new_model_first_runs_at_the_size_of_the_painted_nuclei(
    opened, network, spots, qtbot, diameter, said
) -> None:
    viewer, segment = opened(spots[0])
    other = viewer.add_image(np.zeros_like(spots[0]), name="other")
    segment.form.image.value = other
    segment_with_model(viewer, viewer.layers["cells"], "discs", diameter)
    assert segment.running
    qtbot.waitUntil(lambda: not segment.running, timeout=PATIENCE)
    assert segment.form.diameter.text == said
    found = viewer.layers[-1]
    assert found.name.startswith("cells")
    assert len(np.unique(found.data)) == 7


def test_the_diameter_of_the_painted_nuclei_gives_no_warning_in_their_image(
    opened, network, run, spots, qtbot
) -> None:
    viewer, segment = opened(spots[0])
    segment_with_model(viewer, viewer.layers["cells"], "discs", 90.0)
    qtbot.waitUntil(lambda: not segment.running, timeout=PATIENCE)
    assert "nuclei" in segment.status_panel.status.value
    assert "far from" not in segment.status_panel.status.value
    run(segment)
    assert "far from" not in segment.status_panel.status.value
    segment.form.diameter.text = "80"
    run(segment)
    assert "far from the 80 px" in segment.status_panel.status.value
    # A diameter belongs to its image, so it is entered again for another one.
    segment.form.image.value = viewer.add_image(spots[0], name="other")
    segment.form.diameter.text = "90"
    run(segment)
    assert "far from the 90 px" in segment.status_panel.status.value
