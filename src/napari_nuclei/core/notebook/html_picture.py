"""Show labels in a notebook: a small picture in HTML."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.colours import colour_labels

MAX_SIDE = 256
"""Longest side of the picture, in pixels."""


def html_picture(
    labels: NDArray[np.integer], caption: str, notes: Sequence[str] = ()
) -> str:
    """Return an HTML fragment with a picture of labels and lines of text.

    Parameters
    ----------
    labels : ndarray of int, shape (..., Y, X)
        Of a stack, the plane with the most labelled pixels is shown.
    caption : str
        Line below the picture.
    notes : sequence of str
        Lines below the caption.
    """
    planes = labels.reshape(-1, *labels.shape[-2:])
    plane = planes[0]
    if len(planes) > 1:
        number = int(np.argmax([np.count_nonzero(plane) for plane in planes]))
        plane, caption = planes[number], f"{caption}; plane {number} is shown"
    step = max(1, math.ceil(max(plane.shape) / MAX_SIDE))
    colours = colour_labels(plane[::step, ::step])
    encoded = cv2.imencode(".png", np.ascontiguousarray(colours[..., ::-1]))[1]
    data = base64.b64encode(encoded.tobytes()).decode()
    picture = f'<img alt="Labelled nuclei" src="data:image/png;base64,{data}">'
    return "<br>".join([picture, *map(escape, (caption, *notes))])
