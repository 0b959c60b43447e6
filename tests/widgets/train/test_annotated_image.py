from __future__ import annotations

import numpy as np
from napari.layers import Image, Labels

from napari_nuclei.widgets.layers.image_source import RegionChoice, make_image_source
from napari_nuclei.widgets.train.annotated_image import (
    AnnotatedImage,
    numbered,
    plane_names,
)


def test_samples_are_named_by_image_and_plane() -> None:
    image = Image(
        np.zeros((2, 3, 9, 8)), name="cells", axis_labels=("t", "z", "y", "x")
    )
    source = make_image_source(image, (0, 0, 0, 0))
    names = plane_names(source)
    assert names[0] == ("cells 0 0", (0, 0))
    assert names[-1] == ("cells 1 2", (1, 2))
    assert len(names) == 6
    assert numbered("cells", 1, 1) == "cells"
    assert numbered("cells", 1, 2) == "2 cells"


def test_the_plane_axes_are_those_of_the_layer() -> None:
    image = Image(np.zeros((3, 2, 9, 8)), name="cells")
    choice = RegionChoice(channel_axis=1, channel=0)
    source = make_image_source(image, (0, 0, 0, 0), choice)
    labels = np.zeros((3, 9, 8), int)
    metadata = {
        "napari_nuclei": {"prediction": labels},
        "napari_nuclei_corrections": {"accepted": [4]},
    }
    layer = Labels(labels[:, np.newaxis])
    pair = AnnotatedImage(source, labels, metadata, layer=layer)
    assert pair.plane_axes == (2, 3)
    assert pair.accepted == [4]
    assert pair.prediction is labels
    alone = AnnotatedImage(source, labels, {})
    assert alone.plane_axes == (1, 2)
    assert alone.accepted == []
    assert alone.prediction is None
