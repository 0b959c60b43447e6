from __future__ import annotations

import base64
import re

import cv2
import numpy as np

from napari_nuclei.core.colours import colour_labels
from napari_nuclei.core.notebook.html_picture import MAX_SIDE, html_picture


def picture(html: str) -> np.ndarray:
    data = re.search(r'base64,([^"]+)"', html)
    assert data
    pixels = np.frombuffer(base64.b64decode(data[1]), np.uint8)
    decoded = cv2.imdecode(pixels, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded[..., ::-1]


def test_the_picture_shows_the_labels_in_colours(discs) -> None:
    labels = discs((60, 80), [(20, 20, 8), (40, 60, 9)])
    html = html_picture(labels, "2 nuclei", ["Dark & noisy"])
    np.testing.assert_array_equal(picture(html), colour_labels(labels))
    assert html.endswith("<br>2 nuclei<br>Dark &amp; noisy")


def test_the_fullest_plane_of_a_stack_is_shown(discs) -> None:
    one = discs((60, 80), [(20, 20, 8)])
    labels = np.stack([np.zeros_like(one), one, np.zeros_like(one)])
    html = html_picture(labels, "1 nucleus")
    assert "plane 1 is shown" in html
    np.testing.assert_array_equal(picture(html), colour_labels(one))


def test_a_large_picture_is_shrunk() -> None:
    height, width, _ = picture(html_picture(np.ones((700, 300), np.int32), "")).shape
    assert max(height, width) <= MAX_SIDE
    assert height / width > 2
