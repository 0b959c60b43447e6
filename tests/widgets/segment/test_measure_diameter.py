from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels, Points, Shapes

from napari_nuclei.widgets.segment.measure_diameter import measure_drawn_diameter

BOX = np.array([[10, 10], [10, 30], [30, 30], [30, 10]])


@pytest.mark.parametrize(
    ("shape", "kind", "diameter"),
    [
        (BOX, "ellipse", 20),
        (BOX, "rectangle", 20 * np.sqrt(4 / np.pi)),
        (BOX, "polygon", 20 * np.sqrt(4 / np.pi)),
        (np.array([[10, 10], [10, 34]]), "line", 24),
    ],
)
def test_a_drawn_shape_gives_the_diameter(shape, kind, diameter) -> None:
    image = Image(np.zeros((64, 64)))
    layer = Shapes([shape], shape_type=kind)
    assert measure_drawn_diameter(layer, image, (0, 0)) == pytest.approx(diameter)


def test_the_diameter_is_in_pixels_of_the_image_at_any_scale() -> None:
    image = Image(np.zeros((64, 64)), scale=(0.5, 0.5), rotate=30)
    layer = Shapes([BOX / 2], shape_type="ellipse", rotate=30)
    assert measure_drawn_diameter(layer, image, (0, 0)) == pytest.approx(20)


def test_only_the_selected_shapes_are_measured() -> None:
    image = Image(np.zeros((3, 64, 64)))
    layer = Shapes([BOX, BOX * 2], shape_type="ellipse")
    layer.selected_data = {0}
    assert measure_drawn_diameter(layer, image, (0, 0, 0)) == pytest.approx(20)
    layer.selected_data = set()
    assert measure_drawn_diameter(layer, image, (0, 0, 0)) == pytest.approx(40)


def test_a_labelled_nucleus_gives_the_diameter(spots) -> None:
    image = Image(spots[0], scale=(2, 2))
    layer = Labels(spots[1], scale=(2, 2))
    layer.selected_label = 3
    exact = np.sqrt((spots[1] == 3).sum() * 4 / np.pi)
    assert measure_drawn_diameter(layer, image, (0, 0)) == pytest.approx(exact)
    finer = Labels(spots[1])
    assert measure_drawn_diameter(finer, image, (0, 0)) == pytest.approx(
        exact / 2, rel=0.1
    )


def test_without_a_selected_label_the_median_of_the_plane_is_used(spots) -> None:
    layer = Labels(np.stack([np.zeros_like(spots[1]), spots[1]]))
    layer.selected_label = 99
    image = Image(np.zeros((2, 128, 192)))
    assert measure_drawn_diameter(layer, image, (1, 0, 0)) == pytest.approx(20, abs=1)
    with pytest.raises(ValueError, match="has no label in this plane"):
        measure_drawn_diameter(layer, image, (0, 0, 0))


@pytest.mark.parametrize("layer", [None, Points([[1, 1]]), Shapes()])
def test_without_a_shape_or_label_the_error_says_what_to_do(layer) -> None:
    with pytest.raises(ValueError, match="draw a line across a nucleus"):
        measure_drawn_diameter(layer, Image(np.zeros((9, 9))), (0, 0))
