from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Layer

from napari_nuclei.widgets.contributions.sample_images import (
    FRAMES,
    SLICES,
    synthetic_fluorescence,
    synthetic_time_series,
    synthetic_z_stack,
    tissue,
)


@pytest.mark.parametrize(
    ("make", "leading"),
    [
        (synthetic_fluorescence, {}),
        (synthetic_time_series, {"t": FRAMES}),
        (synthetic_z_stack, {"z": SLICES}),
    ],
    ids=["plane", "time", "z"],
)
def test_a_synthetic_sample_has_true_labels_with_the_same_transform(
    make, leading
) -> None:
    image, truth = (Layer.create(*data) for data in make())
    assert image.data.dtype == np.uint16
    assert image.axis_labels == (*leading, "y", "x")
    assert image.data.shape[:-2] == tuple(leading.values())
    assert truth.data.shape == image.data.shape
    assert len(np.unique(truth.data)) > 30
    assert not truth.visible
    assert np.array_equal(truth.scale, image.scale)
    assert truth.units == image.units


def test_the_tissue_is_in_colour() -> None:
    ((data, arguments, kind),) = tissue()
    layer = Layer.create(data, arguments, kind)
    assert isinstance(layer, Image)
    assert layer.rgb
    assert data.shape == (512, 512, 3)
