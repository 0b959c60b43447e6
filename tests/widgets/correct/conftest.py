"""Viewers without a window, with nuclei to correct."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.widgets.correct.correct_session import CorrectionSession

CENTRES = [(30, 30), (30, 52), (30, 150), (90, 30), (90, 90), (90, 150)]
"""Centres of the nuclei 1 to 6; 1 and 2 nearly touch."""


@pytest.fixture
def plane(discs):
    """Return the labels of six discs, 20 pixels wide."""
    return discs((128, 192), [(row, column, 10) for row, column in CENTRES])


@pytest.fixture
def model(plane):
    """Return a viewer with an image and the labels of `plane`."""
    viewer = ViewerModel()
    viewer.add_image(np.where(plane > 0, 4000, 100).astype(np.uint16), name="cells")
    viewer.add_labels(plane.copy(), name="nuclei")
    return viewer


@pytest.fixture
def session(model):
    """Return a session on `model`; `messages` lists what it has sent."""
    session = CorrectionSession(model)
    session.messages = []
    session.message_sent.connect(session.messages.append)
    return session


@pytest.fixture
def volume(plane):
    """Return a viewer with four slices: the nuclei reach over the middle two."""
    labels = np.zeros((4, *plane.shape), np.int32)
    labels[1] = labels[2] = plane
    viewer = ViewerModel()
    viewer.add_labels(labels, name="nuclei")
    viewer.dims.set_current_step(0, 1)
    return viewer


class MouseEvent(SimpleNamespace):
    """A mouse event as napari passes it to callbacks."""


@pytest.fixture
def gesture():
    """Return a function that presses, moves and releases the mouse over a layer.

    Points are pixels of the layer; a pixel is 5 pixels wide on the screen. A quick
    gesture has no event between press and release.
    """

    def gesture_(layer, callbacks, *points, obj=None, quick=False) -> None:
        def event(kind, point):
            return {
                "type": kind,
                "position": np.asarray(layer.data_to_world(point)),
                "pos": np.asarray(point[-2:])[::-1] * 5.0,
            }

        mouse = MouseEvent(
            button=1,
            modifiers=(),
            handled=False,
            view_direction=None,
            dims_displayed=list(range(layer.ndim))[-2:],
            **event("mouse_press", points[0]),
        )
        running = [made for call in callbacks if (made := call(obj or layer, mouse))]
        running = [one for one in running if next(one, "over") is None]
        for point in () if quick else points[1:]:
            mouse.__dict__.update(event("mouse_move", point))
            running = [one for one in running if next(one, "over") is None]
        mouse.__dict__.update(event("mouse_release", points[-1]))
        for one in running:
            next(one, None)

    return gesture_
