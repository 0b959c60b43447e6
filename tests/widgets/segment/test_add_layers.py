"""Layers that a run adds."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("network")


def test_further_results_are_added_on_request(opened, run, spots) -> None:
    viewer, widget = opened(spots[0], scale=(2, 2))
    widget.form.probabilities.value = True
    widget.form.centroids.value = True
    widget.form.outlines.value = True
    run(widget)
    assert [layer.name for layer in viewer.layers] == [
        "cells",
        "cells probability",
        "cells discs",
        "cells centroids",
    ]
    assert viewer.layers["cells discs"].contour > 0
    assert len(viewer.layers["cells centroids"].data) == 6
    assert viewer.layers["cells probability"].data.max() <= 1
    assert all(layer.scale.tolist() == [2, 2] for layer in viewer.layers)
