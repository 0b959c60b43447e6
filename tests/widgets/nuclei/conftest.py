"""Viewers with labels and images, and the dock on them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from napari.components import ViewerModel


@pytest.fixture
def channels():
    """Return the labels of six discs, and two images with another value in each."""
    labels = np.zeros((128, 192), np.int32)
    centres = [(row, column) for row in (30, 90) for column in (30, 90, 150)]
    for number, (row, column) in enumerate(centres, 1):
        cv2.circle(labels, (column, row), 10, number, cv2.FILLED)
    images = {"dapi": labels * 100.0, "ki67": 700.0 - labels * 100}
    return labels, {
        name: np.where(labels > 0, image, 10) for name, image in images.items()
    }


@pytest.fixture
def model(channels):
    """Return a viewer without a window, with the layers of `channels`."""
    labels, images = channels
    viewer = ViewerModel()
    for name, image in images.items():
        viewer.add_image(image, name=name)
    viewer.add_labels(labels, name="nuclei")
    return viewer


@pytest.fixture
def dock(make_napari_viewer, channels, qtbot):
    """Return a viewer with the layers of `channels`, and its dock."""
    labels, images = channels
    viewer = make_napari_viewer(show=True)
    for name, image in images.items():
        viewer.add_image(image, name=name)
    viewer.add_labels(labels, name="nuclei")
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Nuclei table")
    qtbot.waitUntil(lambda: not widget.busy, timeout=20_000)
    return viewer, widget
