from __future__ import annotations

import cv2
import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_nuclei.widgets.train.comparison_picture import (
    PICTURE_HEIGHT,
    ComparisonPicture,
)


@pytest.fixture
def picture(qapp):
    return ComparisonPicture()


def test_the_picture_fits_the_dock_and_its_caption_names_both_models(
    picture, tmp_path
) -> None:
    path = tmp_path / "held_out.png"
    cv2.imwrite(str(path), np.full((400, 808, 3), 99, np.uint8))
    picture.native.resize(300, 400)
    assert picture.show_picture(path, "nuclei", "mine")
    shown = picture.picture.pixmap()
    assert 0 < shown.width() <= 300
    assert 0 < shown.height() <= PICTURE_HEIGHT
    # In a low dock the picture is scrolled to, not squeezed.
    assert picture.native.minimumSizeHint().height() >= shown.height()
    assert "nuclei" in picture.caption.text()
    assert "mine" in picture.caption.text()


def test_a_missing_picture_is_not_shown(picture, tmp_path) -> None:
    assert not picture.show_picture(tmp_path / "gone.png", "nuclei", "mine")
    picture.enlarge()
    assert picture.enlarged is None


def test_a_click_enlarges_the_picture(picture, tmp_path, qtbot) -> None:
    path = tmp_path / "held_out.png"
    cv2.imwrite(str(path), np.full((400, 808, 3), 99, np.uint8))
    qtbot.addWidget(picture.native)
    picture.native.resize(300, 400)
    picture.native.show()
    picture.show_picture(path, "nuclei", "mine")
    qtbot.mouseClick(picture.picture, Qt.MouseButton.LeftButton)
    assert picture.enlarged is not None
    assert picture.enlarged.isVisible()
    assert picture.enlarged.windowTitle() == "Held-out nuclei: nuclei | mine"
    assert picture.enlarged.sizeHint().width() > 300
    picture.clear()
    assert picture.native.isHidden()
