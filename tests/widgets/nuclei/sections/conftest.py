"""A measured table of discs for the sections of the dock."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from napari_nuclei.widgets.nuclei.table_session import TableSession

SIZE, STEP = 128, 16


@pytest.fixture
def discs() -> tuple[np.ndarray, np.ndarray]:
    """Return labels of 8 x 8 squares, and an image: every third one is bright."""
    labels = np.zeros((SIZE, SIZE), np.int32)
    image = np.full((SIZE, SIZE), 10, np.uint8)
    number = 0
    for y in range(4, SIZE, STEP):
        for x in range(4, SIZE, STEP):
            number += 1
            side = 6 + number % 3
            labels[y : y + side, x : x + side] = number
            level = 200 if number % 3 == 0 else 50
            image[y : y + side, x : x + side] = level + number % 5
    return labels, image


@pytest.fixture
def session(qapp, discs):
    """Return a session of 64 nuclei in a viewer without a window."""
    viewer = ViewerModel()
    labels, image = discs
    image_layer = viewer.add_image(image, name="ki67")
    labels_layer = viewer.add_labels(labels, name="nuclei")
    session = TableSession(viewer)
    session.set_layers(labels_layer, [image_layer])
    yield session
    session.close()


@pytest.fixture
def opened(session):
    """Return a function that makes a section and opens it."""
    sections = []

    def make(kind):
        section = kind(session)
        sections.append(section)
        section.fold.resize(300, 500)
        section.fold.show()
        section.fold.expand()
        assert section.is_open
        return section

    yield make
    # Python's garbage collection might delete a section while it is being drawn.
    for section in sections:
        section.fold.deleteLater()
        QApplication.sendPostedEvents(section.fold, QEvent.Type.DeferredDelete)
