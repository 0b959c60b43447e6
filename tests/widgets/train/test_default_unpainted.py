from __future__ import annotations

import numpy as np
from napari.layers import Image, Labels

from napari_nuclei.widgets.train.data_controls import FROM_FILES, FROM_LAYERS
from napari_nuclei.widgets.train.samples_from_layers import (
    CORRECTIONS_ONLY,
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
)


def segmented(labels: np.ndarray, name: str) -> Labels:
    metadata = {"napari_nuclei": {"prediction": labels.copy()}}
    return Labels(labels.copy(), name=name, metadata=metadata)


def test_corrections_are_the_default_as_soon_as_there_are_some(
    make_form, discs, qtbot
) -> None:
    labels = discs((60, 90), [(30, 20, 8), (30, 60, 8)])
    first, second = segmented(labels, "first"), segmented(labels, "second")
    painted = Labels(labels, name="painted")
    form = make_form(Image(labels.astype(np.uint8)), first, second, painted)
    data = form.data
    data.labels.value = first
    assert data.unpainted.value == IGNORE_UNPAINTED
    first.fill((30, 20), 0)
    qtbot.waitUntil(lambda: data.unpainted.value == CORRECTIONS_ONLY)
    data.labels.value = painted
    assert data.unpainted.value == IGNORE_UNPAINTED
    second.metadata["napari_nuclei_corrections"] = {"accepted": [2]}
    data.labels.value = second
    assert data.unpainted.value == CORRECTIONS_ONLY
    data.unpainted.value = UNPAINTED_IS_BACKGROUND  # the user's choice stays
    second.fill((30, 20), 0)
    form.reset_choices()
    assert data.unpainted.value == UNPAINTED_IS_BACKGROUND
    data.train_on.value = FROM_FILES
    form.default_unpainted.update()
    assert data.unpainted.value == UNPAINTED_IS_BACKGROUND
    data.train_on.value = FROM_LAYERS
    form.default_unpainted.update()
    assert data.unpainted.value == CORRECTIONS_ONLY
