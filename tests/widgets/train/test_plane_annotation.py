from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.train.plane_annotation import (
    plane_labels,
    read_plane_annotation,
)
from napari_nuclei.widgets.train.samples_from_layers import (
    UNPAINTED_IS_BACKGROUND,
    AnnotatedImage,
)

CENTRES = [(r, c, 8) for r in (20, 60, 100) for c in (20, 60, 100)]


@pytest.fixture
def stack(discs):
    """Return an image of three planes, of which the last two are painted."""
    labels = np.stack([discs((120, 120), CENTRES[:n]) for n in (0, 4, 9)])
    layer = Image((labels > 0).astype(np.uint8), name="stack")
    return AnnotatedImage(make_image_source(layer, (0, 0, 0)), labels, {}), layer


def test_the_annotation_of_a_plane_has_no_pixels(stack) -> None:
    pair, layer = stack
    choice = RegionChoice(scope=CURRENT_SLICE)
    for index, nuclei in ((0, None), (1, 4), (2, 9)):
        source = make_image_source(layer, (index, 0, 0), choice)
        plane = replace(pair, source=source)
        np.testing.assert_array_equal(
            plane_labels(source, pair.labels), pair.labels[index]
        )
        # Background everywhere counts as ignore: the user is still painting.
        sample = read_plane_annotation(plane, UNPAINTED_IS_BACKGROUND)
        assert (sample and sample.labels.max()) == nuclei
        if sample:
            assert not sample.annotated.all()
    assert plane_labels(source, pair.labels[0]) is None
    assert plane_labels(source, pair.labels[:, :50]) is None
