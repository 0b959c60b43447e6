"""A crop and what a model finds in it, to see that it does the same elsewhere.

Other processors and other versions of the runtime may round differently, which moves
a pixel here and there; a file that was mixed up, or a runtime that is broken, gives
other nuclei.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.scale_trials import select_window
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import ANNOTATIONS_FILE, ModelEntry

SELF_TEST = "selftest.npz"
"""In an exported model: a crop, its labels, and the diameter they were found with."""

CROP_SIZE = 256
"""Of the crop, at most, in pixels."""

MATCH_IOU = 0.9
"""IoU from which a nucleus counts as the same."""

MAX_ARCHIVE_BYTES = 16 << 20
"""Most memory that a self-test takes; what is larger was not made here."""


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """What came of running a model's self-test.

    Attributes
    ----------
    expected : int
        Nuclei in the crop, by its labels.
    found : int
        Nuclei that the model finds here.
    matched : int
        Of these, the ones that are the same.
    reason : str
        Why the test could not be run; empty if it was.
    """

    expected: int = 0
    found: int = 0
    matched: int = 0
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether the model finds the same nuclei."""
        return not self.reason and self.expected == self.found == self.matched

    def summary(self) -> str:
        """Say it in a line.

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
    """Return the content of a self-test's file.

    The crop is of the images that the model was trained on where these are kept with
    it, or else made by code.

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
    labels = segmenter.segment(image, diameter=diameter)
    content = io.BytesIO()
    np.savez(content, image=image, labels=labels, diameter=diameter)
    return content.getvalue()


def load_training_image(entry: ModelEntry) -> NDArray[Any] | None:
    """Return the first image that a model keeps of its training, if it does."""
    path = entry.folder / ANNOTATIONS_FILE
    if not path.is_file():
        return None
    with np.load(path) as file:
        image: NDArray[Any] | None = file.get("image0")
    return image


def run_self_test(entry: ModelEntry) -> SelfTestResult | None:
    """Run the self-test that a model brought with it; None where it has none."""
    path = entry.folder / SELF_TEST
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_ARCHIVE_BYTES:
                return SelfTestResult(reason=f"{SELF_TEST} is too large to be one")
        with np.load(path) as file:
            image, labels = file["image"], file["labels"]
            diameter = float(file["diameter"])
        found = load_segmenter(entry.folder).segment(image, diameter=diameter)
        (counts,) = count_objects(labels, found, [MATCH_IOU])
    except (EOFError, KeyError, OSError, TypeError, ValueError, RuntimeError) as error:
        return SelfTestResult(reason=f"it cannot be run ({error})")
    except zipfile.BadZipFile as error:
        return SelfTestResult(reason=f"{SELF_TEST} is damaged ({error})")
    return SelfTestResult(counts.tp + counts.fn, counts.tp + counts.fp, counts.tp)
