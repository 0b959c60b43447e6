"""PNG files: pictures, labels and masks."""

from __future__ import annotations

import struct
from typing import Any
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.origin import SIGNATURE

HEADER_SIZE = 33
"""Bytes of a PNG file before other chunks: the signature and the chunk IHDR."""

MAX_LABEL = np.iinfo(np.uint16).max
"""Largest label that a PNG file can hold."""


def encode_png(picture: NDArray[Any]) -> bytes:
    """Return a picture as the bytes of a PNG file.

    Parameters
    ----------
    picture : ndarray of uint8 or uint16, shape (Y, X) or (Y, X, 3)
        Grey or RGB.

    Raises
    ------
    ValueError
        If it has another shape or type.
    """
    right_type = picture.dtype in (np.uint8, np.uint16)
    if not right_type or (picture.ndim, picture.shape[2:]) not in ((2, ()), (3, (3,))):
        raise ValueError(
            f"A PNG holds grey or RGB of 8 or 16 bits; got the shape {picture.shape} "
            f"and {picture.dtype}"
        )
    bgr = picture if picture.ndim == 2 else picture[..., ::-1]
    done, content = cv2.imencode(".png", np.ascontiguousarray(bgr))
    if not done:
        raise ValueError(f"A picture of shape {picture.shape} cannot be encoded as PNG")
    return sign_png(content.tobytes())


def sign_png(content: bytes) -> bytes:
    """Return the bytes of a PNG file with the name of this program in its metadata."""
    data = b"tEXt" + b"Software\0" + SIGNATURE.encode("latin-1")
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", crc32(data))
    return content[:HEADER_SIZE] + chunk + content[HEADER_SIZE:]


def encode_labels_png(labels: NDArray[np.integer]) -> bytes:
    """Return labels of shape (Y, X) as the bytes of a PNG file of 16 bits.

    Raises
    ------
    ValueError
        If there are more nuclei than a PNG can number.
    """
    highest = int(labels.max(initial=0))
    if highest > MAX_LABEL:
        raise ValueError(
            f"A PNG holds labels up to {MAX_LABEL}; got {highest}. Write TIFF labels "
            "instead"
        )
    return encode_png(labels.astype(np.uint16))


def encode_mask_png(labels: NDArray[np.integer]) -> bytes:
    """Return a binary mask of labels, 255 in nuclei and 0 elsewhere, as a PNG file."""
    return encode_png(np.where(labels > 0, np.uint8(255), np.uint8(0)))
