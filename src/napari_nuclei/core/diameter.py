"""The typical diameter of an image's nuclei, measured by quick looks at some scales.

A network meets nuclei far from the size it was trained for as fragments or as specks,
other ones at each scale. Where the scale is about right they come out whole: their
inner distance rises to its full height, the foreground is sure, and the looks at
neighbouring scales agree on their size. Where the first look, at the image as it is,
finds such nuclei there is no need of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRIAL_SIDE = 256
"""Side of the window that is looked at, in pixels after resizing."""

TRIAL_SCALES = (4.0, 2.0, 1.0, 0.5, 0.25, 0.125, 0.0625)
"""Scales of the quick look."""

MODEL_DIAMETER_SIGMA = 0.8
"""Sigma, in log units, of how far a diameter that a look gives may lie from the
model's before it is doubted."""

IMAGE_DIAMETER_SIGMA = 1.5
"""The same for diameters in the image as it came, where all sizes are met, but seldom
nuclei of many times the model's diameter: glands and cell nests look like those."""

EXPECTED_DIAMETER_SIGMA = 0.8
"""The same around a diameter that is known to be usual, where looks tell little.

Six models of one, three and five crops of grey tissue, of which their base knew
nothing, measure 25 of 36 images within a factor of 1.4 with it, 16 without."""

HALF_WEIGHT_COUNT = 2
"""A look at so many nuclei counts half of one at a great many. A few are easily wrong:
what is left of a picture that is shrunk too far, such as one gland.

Of 20 parts and sizes of scikit-image's sample of a brown stain, which the model then
had never met, both let 17 be measured rightly where 9 were; of the validation images
resized by .25 to 4 it is 228 of 229 with them and without."""

AGREEMENT_SIGMA = 0.3
"""Sigma, in log units, within which two looks agree on a diameter."""

SUFFICIENT_QUALITY, SUFFICIENT_RANGE = 0.65, (0.7, 1.55)
"""Quality of a look at the image as it is that needs no other, and the multiples of the
model's diameter that it must find.

On the 57 validation images resized by .25 to 4 no image is then resized otherwise than
after all looks, with either bundled model (``pytest -m dsb2018
tests/benchmark/test_diameter.py``); at a quality of .5 one is."""

NATIVE_RANGE = (0.6, 1.8)
"""Nuclei of these multiples of the model's diameter are left at their size."""

TARGET_RATIO = 1.4
"""Nuclei outside that range are brought to this multiple of the model's diameter.

More pixels make truer outlines. Chosen on validation images: 1, 1.3, 1.5 and 1.7 gave a
mean AP of .663, .673, .676 and .675, of which 1.4 is the cheaper side."""

SCALE_LIMITS = (1 / 32, 8.0)
"""Smallest and largest factor by which an image is resized."""

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]
SegmentAtScale = Callable[[Floats, float], tuple[Labels, Floats, Floats]]
"""From a plane and a scale to the labels, foreground and distance at that scale."""


@dataclass(frozen=True, slots=True)
class ScaleTrial:
    """What one look at an image gave.

    Attributes
    ----------
    scale : float
    diameter : float
        Typical diameter of the nuclei, in pixels at that scale.
    quality : float
        0 to 1: how whole, how sure and how likely the nuclei are.
    nuclei : int
        How many there are.
    """

    scale: float
    diameter: float
    quality: float
    nuclei: int

    @property
    def image_diameter(self) -> float:
        """The diameter in the image as it came, in pixels."""
        return self.diameter / self.scale

    def weight(self, middle: float, width: float) -> float:
        """Return how much the look counts where it has to be weighed against others.

        Parameters
        ----------
        middle : float
            The usual diameter in images as they come, in pixels.
        width : float
            Sigma, in log units, of how far diameters lie from it.
        """
        likelihood = gaussian_weight(np.log(self.image_diameter / middle) / width)
        return (
            self.quality * likelihood * self.nuclei / (self.nuclei + HALF_WEIGHT_COUNT)
        )


def object_areas(labels: Labels) -> NDArray[np.int64]:
    """Return the area of every object, in pixels."""
    inside = np.flatnonzero(labels > 0)
    sizes: NDArray[np.int64] = np.bincount(labels.ravel()[inside])
    return sizes[sizes > 0]


def area_weighted_diameter(sizes: NDArray[np.integer]) -> float:
    """Return the diameter of the nucleus in which half of all nuclear area is reached.

    Weighting by area makes debris and fragments, many but small, count for little.

    Parameters
    ----------
    sizes : ndarray of int
        Areas, in pixels.

    Returns
    -------
    float
        In pixels; NaN where there is no nucleus.
    """
    if not len(sizes):
        return float("nan")
    ordered = np.sort(sizes)
    share = np.cumsum(ordered) / ordered.sum()
    return float(np.sqrt(ordered[np.searchsorted(share, 0.5)] * 4 / np.pi))


def median_diameter(planes: Iterable[Labels]) -> float:
    """Return the median diameter of the nuclei in planes, in pixels; NaN for none."""
    areas = [np.zeros(0, np.int64), *(object_areas(plane) for plane in planes)]
    return median_of_areas(np.concatenate(areas))


def median_of_areas(areas: NDArray[np.integer]) -> float:
    """Return the median diameter of nuclei of so many pixels; NaN for none."""
    return float(np.median(np.sqrt(areas * 4 / np.pi))) if len(areas) else np.nan


def select_window(plane: NDArray[Any], side: float) -> NDArray[Any]:
    """Return the liveliest of nine windows with sides of up to `side` pixels."""
    height, width = plane.shape[:2]
    tall, wide = int(min(height, np.ceil(side))), int(min(width, np.ceil(side)))
    rows = np.unique(np.linspace(0, height - tall, 3).astype(int))
    columns = np.unique(np.linspace(0, width - wide, 3).astype(int))
    windows = [plane[r : r + tall, c : c + wide] for r in rows for c in columns]
    spreads = [float(w[::4, ::4].std()) for w in windows]
    return windows[int(np.argmax(spreads))]


def try_scale(
    plane: Floats, look: SegmentAtScale, scale: float, model_diameter: float
) -> ScaleTrial | None:
    """Look at a plane at one scale; None where no nucleus is found."""
    labels, foreground, distance = look(select_window(plane, TRIAL_SIDE / scale), scale)
    sizes = object_areas(labels)
    if not len(sizes):
        return None
    diameter = area_weighted_diameter(sizes)
    flat = labels.ravel()
    peaks = np.zeros(int(flat.max()) + 1, np.float32)
    np.maximum.at(peaks, flat, distance.ravel())
    whole = float(np.average(peaks[1:], weights=np.bincount(flat)[1:]))
    sure = float(foreground[labels > 0].mean())
    likely = gaussian_weight(np.log(diameter / model_diameter) / MODEL_DIAMETER_SIGMA)
    return ScaleTrial(scale, diameter, whole * sure * likely, len(sizes))


def gaussian_weight(sigmas: float) -> float:
    """Return how likely a value is that lies so many sigmas off: 1 where it is 0."""
    return float(np.exp(-0.5 * sigmas**2))


def estimate_plane_diameter(
    plane: Floats,
    look: SegmentAtScale,
    model_diameter: float,
    expected_diameter: float | None = None,
) -> float:
    """Measure the typical diameter of a plane's nuclei.

    Looks at the plane as it is, and at other scales unless that leaves no doubt.

    Parameters
    ----------
    plane : ndarray of float32, shape (Y, X, 3)
        A normalised plane.
    look : callable
        Segments a window at a scale; it is called from several threads.
    model_diameter : float
        The diameter the model was trained for, in pixels.
    expected_diameter : float, optional
        That of nuclei in images as they come, where the model's looks alone do not
        tell sizes well.

    Returns
    -------
    float
        In pixels of the plane; NaN where no nucleus is found at any scale.
    """
    side = min(plane.shape[:2])
    scales = [s for s in TRIAL_SCALES if side * s >= model_diameter] or [1.0]
    first = try_scale(plane, look, 1.0, model_diameter) if 1.0 in scales else None
    if first and expected_diameter is None and first.quality >= SUFFICIENT_QUALITY:
        if (
            SUFFICIENT_RANGE[0]
            <= first.diameter / model_diameter
            <= SUFFICIENT_RANGE[1]
        ):
            return first.diameter
    others = [scale for scale in scales if scale != 1.0]
    # A window is a tile or two, too few to keep every core busy.
    with ThreadPoolExecutor(len(TRIAL_SCALES), "look") as pool:
        looks = pool.map(
            lambda scale: try_scale(plane, look, scale, model_diameter), others
        )
        seen = [g for g in (first, *looks) if g is not None]
    seen.sort(key=lambda g: TRIAL_SCALES.index(g.scale))  # in sums the order tells
    if not seen:
        return float("nan")
    sizes = np.log([g.image_diameter for g in seen])
    middle, width = (
        (expected_diameter, EXPECTED_DIAMETER_SIGMA)
        if expected_diameter
        else (model_diameter, IMAGE_DIAMETER_SIGMA)
    )
    weights = np.array([g.weight(middle, width) for g in seen])
    apart = (sizes[:, np.newaxis] - sizes) / AGREEMENT_SIGMA
    votes = np.exp(-0.5 * apart**2) * weights
    winner = votes[np.argmax(votes.sum(axis=1))]
    return float(np.exp(np.average(sizes, weights=winner)))


def network_scale(ratio: float) -> float:
    """Return by how much an image is resized for a network.

    Parameters
    ----------
    ratio : float
        Measured diameter of the nuclei over the model's.

    Returns
    -------
    float
        1 where the network works as well without.
    """
    if NATIVE_RANGE[0] <= ratio <= NATIVE_RANGE[1]:
        return 1.0
    return float(np.clip(TARGET_RATIO / ratio, *SCALE_LIMITS))
