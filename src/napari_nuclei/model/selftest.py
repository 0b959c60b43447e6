"""Check that an imported model finds the same nuclei as on its first computer.

An exported model contains an image with the labels that the model found. Another
processor or runtime version may round differently, which changes single pixels. With a
wrong file or a broken runtime, the nuclei differ.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.scale_trials import select_window
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import ANNOTATIONS_FILE, ModelEntry

SELF_TEST = "selftest.npz"
"""File, in an exported model, with an image, its labels and the diameter used."""

CROP_SIZE = 256
"""Largest side of the image, in pixels."""

MATCH_IOU = 0.9
"""Lowest IoU of two nuclei that count as the same."""

MAX_ARCHIVE_BYTES = 16 << 20
"""Largest size of an unpacked self-test, in bytes."""


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """Result of a model's self-test.

    Attributes
    ----------
    expected : int
        Number of nuclei in the labels of the self-test.
    found : int
        Number of nuclei that the model finds on this computer.
    matched : int
        Number of nuclei that match one in the labels of the self-test.
    reason : str
        Why the self-test could not be run; empty if it was run.
    """

    expected: int = 0
    found: int = 0
    matched: int = 0
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Return whether the model finds the same nuclei."""
        return not self.reason and self.expected == self.found == self.matched

    def summary(self) -> str:
        """Return the result as one line.

        Examples
        --------
        >>> SelfTestResult(12, 12, 12).summary()
        'self-test ok: 12 nuclei as expected'
        >>> SelfTestResult(12, 9, 7).summary()
        'self-test differs: 12 nuclei expected, 9 found, 7 of them the same'
        """
        if self.reason:
            return f"self-test differs: {self.reason}"
        if self.ok:
            return f"self-test ok: {self.expected} nuclei as expected"
        return (
            f"self-test differs: {self.expected} nuclei expected, {self.found} found, "
            f"{self.matched} of them the same"
        )


def make_self_test(entry: ModelEntry) -> bytes:
    """Return the content of a self-test file.

    Its image is a crop of the first training image, if images were saved with the
    model. Otherwise it is a synthetic image.

    Raises
    ------
    OSError, ValueError
        If the model cannot be run.
    """
    segmenter = load_segmenter(entry.folder)
    image = load_training_image(entry)
    if image is None:
        image, _ = synthetic_nuclei(
            (CROP_SIZE, CROP_SIZE), diameter=entry.card.diameter
        )
    image = select_window(image, CROP_SIZE)
    measured = segmenter.estimate_diameter([normalize(image)], SegmentConfig())
    diameter = measured if np.isfinite(measured) else entry.card.diameter
    labels = segmenter.run(image, config=SegmentConfig(diameter=diameter)).labels
    content = io.BytesIO()
    np.savez(content, image=image, labels=labels, diameter=diameter)
    return content.getvalue()


def load_training_image(entry: ModelEntry) -> NDArray[Any] | None:
    """Return the first training image saved with a model; None if there is none."""
    path = entry.folder / ANNOTATIONS_FILE
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream, np.load(stream) as file:
            image: NDArray[Any] | None = file.get("image0")
    except (EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged ({format_error(error)})") from error
    return image


def read_self_test(path: Path) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Return the image, labels and diameter of a self-test.

    Raises ValueError if they are too large; a damaged file raises other errors too.
    """
    with zipfile.ZipFile(path) as archive:
        if sum(item.file_size for item in archive.infolist()) > MAX_ARCHIVE_BYTES:
            raise ValueError(f"{SELF_TEST} is too large")
        for name in ("image", "labels", "diameter"):
            # NumPy allocates what the header says, before it reads the values.
            with archive.open(f"{name}.npy") as file:
                version = np.lib.format.read_magic(file)
                read = np.lib.format.read_array_header_1_0
                shape, _, dtype = read(file) if version == (1, 0) else ((), True, None)
            if dtype is None or dtype.kind not in "biuf":
                raise ValueError(f"{name} has no numbers")
            if math.prod(shape) * dtype.itemsize > MAX_ARCHIVE_BYTES:
                raise ValueError(f"{name} is too large")
    with path.open("rb") as stream, np.load(stream) as file:
        image, labels, diameter = file["image"], file["labels"], file["diameter"]
    if image.ndim not in (2, 3) or labels.shape != image.shape[:2]:
        raise ValueError(f"image and labels have shapes {image.shape}, {labels.shape}")
    if max(labels.shape) > CROP_SIZE or not 1 <= float(diameter) <= CROP_SIZE:
        raise ValueError(f"the image or the diameter is over {CROP_SIZE} px")
    return image, labels, float(diameter)


def run_self_test(entry: ModelEntry) -> SelfTestResult | None:
    """Run the self-test of an imported model; return None if it has none."""
    path = entry.folder / SELF_TEST
    if not path.is_file():
        return None
    try:
        image, labels, diameter = read_self_test(path)
        config = SegmentConfig(diameter=diameter)
        found = load_segmenter(entry.folder).run(image, config=config).labels
        (counts,) = count_objects(labels, found, [MATCH_IOU])
    except Exception as error:  # a damaged file makes NumPy and zlib raise any error
        return SelfTestResult(reason=f"it cannot be run ({format_error(error)})")
    return SelfTestResult(counts.tp + counts.fn, counts.tp + counts.fp, counts.tp)
