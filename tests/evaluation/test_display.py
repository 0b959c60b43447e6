from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei import Segmentation, display


def segmentation(labels: np.ndarray) -> Segmentation:
    return Segmentation(labels, labels.astype(np.float32), 1, 9.0, 1.0, 0.1)


def test_an_image_stands_beside_its_true_and_predicted_mask(discs) -> None:
    labels = discs((40, 50), [(10, 10, 6), (25, 30, 7)])
    image = np.where(labels > 0, 900, 20).astype(np.uint16)
    figure = display(image, labels, segmentation(np.where(labels == 1, 1, 0)))
    shown = [np.asarray(axes.images[0].get_array()) for axes in figure.axes]
    assert [panel.shape[:2] for panel in shown] == [(40, 50)] * 3
    np.testing.assert_array_equal(shown[1].any(axis=-1), labels > 0)
    np.testing.assert_array_equal(shown[2].any(axis=-1), labels == 1)
    texts = [text.get_text() for text in figure.texts]
    assert texts == [
        *("image", "true mask", "predicted mask"),
        "2 true, 1 predicted nuclei",
    ]


def test_several_images_get_a_row_each(discs) -> None:
    labels = discs((40, 50), [(10, 10, 6)])
    figure = display([labels] * 2, [labels > 0] * 2, [labels] * 2, ["one", "two"])
    assert len(figure.axes) == 6
    assert [text.get_text() for text in figure.texts][3:] == ["one", "two"]


@pytest.mark.parametrize(
    ("truth", "predicted", "message"),
    [
        (np.zeros((4, 5), int), np.zeros((5, 4), int), r"predicted 1 .* \(4, 5\); got"),
        (np.zeros((3, 3), int), np.zeros((4, 5), int), r"truth 1 .* got \(3, 3\)"),
    ],
)
def test_masks_of_another_shape_are_refused(
    truth: np.ndarray, predicted: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        display(np.zeros((4, 5)), truth, predicted)


def test_missing_masks_are_refused() -> None:
    image = np.zeros((4, 5), np.uint8)
    with pytest.raises(ValueError, match="of one length, at least one; got 2, 1, 1"):
        display([image, image], [image], [image], ["a", "b"])
