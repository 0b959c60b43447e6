from __future__ import annotations

import numpy as np
from napari.layers import Image, Layer

from napari_nuclei.widgets.samples import synthetic_fluorescence, tissue


def test_the_synthetic_sample_brings_its_truth_in_the_same_place() -> None:
    image, truth = (Layer.create(*data) for data in synthetic_fluorescence())
    assert image.data.dtype == np.uint16
    assert truth.data.shape == image.data.shape
    assert truth.data.max() > 100
    assert not truth.visible
    assert np.array_equal(truth.scale, image.scale)
    assert truth.units == image.units


def test_the_tissue_is_in_colour() -> None:
    ((data, arguments, kind),) = tissue()
    layer = Layer.create(data, arguments, kind)
    assert isinstance(layer, Image)
    assert layer.rgb
    assert data.shape == (512, 512, 3)
