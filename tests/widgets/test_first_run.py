from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.first_run import first_run

PATIENCE = 60_000


@pytest.mark.parametrize(("diameter", "said"), [(17.0, "17"), (None, "auto")], ids=str)
def test_a_new_model_first_runs_at_the_size_of_the_painted_nuclei(
    opened, network, spots, qtbot, diameter, said
) -> None:
    viewer, segment = opened(spots[0])
    other = viewer.add_image(np.zeros_like(spots[0]), name="other")
    segment.form.image.value = other
    first_run(viewer, viewer.layers["cells"], "discs", diameter)
    assert segment.running
    qtbot.waitUntil(lambda: not segment.running, timeout=PATIENCE)
    assert segment.form.diameter.text == said
    found = viewer.layers[-1]
    assert found.name.startswith("cells")
    assert len(np.unique(found.data)) == 7
