"""Measure the nuclei of one plane, volume or window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.columns import Columns
from napari_nuclei.core.measure.intensities import measure_intensities
from napari_nuclei.core.measure.pixels import NucleusPixels
from napari_nuclei.core.measure.rings import find_ring
from napari_nuclei.core.measure.shape import measure_shape
from napari_nuclei.core.measure.stains import stain_densities
from napari_nuclei.core.measure.volume import measure_volume


@dataclass(frozen=True, slots=True)
class WhatToMeasure:
    """What is measured of every nucleus.

    Attributes
    ----------
    z_spacing : float
        Distance between the slices of a volume, in sides of a pixel.
    ring : tuple of two float, optional
        Gap and width of the ring around each nucleus, in pixels.
    backgrounds : dict of str to float
        Intensity of the background of each image; 0 for an image that is not named.
    stains : tuple of str
        Stains whose optical density is measured in images with colours.
    """

    z_spacing: float = 1.0
    ring: tuple[float, float] | None = None
    backgrounds: Mapping[str, float] = field(default_factory=dict)
    stains: tuple[str, ...] = ()

    @property
    def margin(self) -> int:
        """Pixels round a nucleus that its measurements depend on.

        A ring gives way to the nuclei that are nearer, at most twice as far away.
        """
        return 0 if self.ring is None else 2 * (int(np.ceil(sum(self.ring))) + 1)


EVERYTHING = WhatToMeasure()


def measure_region(
    labels: NDArray[np.integer],
    images: Mapping[str, NDArray[Any]],
    foreground: NDArray[np.float32] | None = None,
    settings: WhatToMeasure = EVERYTHING,
    *,
    check: Callable[[], object] = lambda: None,
) -> Columns:
    """Measure the nuclei of a plane or a volume, or of a window of it.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or (Z, Y, X)
    images : dict of str to ndarray
        Images by name, of the shape of the labels, or with a last axis of colours.
    foreground : ndarray of float32, of the shape of the labels, optional
        Foreground probability.
    settings : WhatToMeasure
    check : callable
        Called from time to time; raise an exception in it to stop.

    Returns
    -------
    dict of str to ndarray, shape (nuclei,)
        As the columns of `measure`, with the column `label`.
    """
    labels = np.ascontiguousarray(labels)
    pixels = NucleusPixels.of_labels(labels)
    measured: Columns = {"label": pixels.numbers}
    if labels.ndim == 2:
        measured |= measure_shape(labels, pixels, check)
    else:
        measured |= measure_volume(labels, pixels, settings.z_spacing)
    ring = None
    if settings.ring is not None:
        spacing = (settings.z_spacing, 1.0, 1.0)[-labels.ndim :]
        ring_positions = find_ring(labels, *settings.ring, spacing)
        ring = NucleusPixels.of_positions(labels.shape, pixels.numbers, *ring_positions)
    for name, image in images.items():
        check()
        measured |= measure_image(name, image, pixels, ring, settings, check)
    if foreground is not None:
        scores = foreground.ravel()[pixels.positions]
        measured["confidence"] = pixels.total(scores) / pixels.counts
    measured["touches_border"] = np.isin(pixels.numbers, border_labels(labels))
    return measured


def measure_image(
    name: str,
    image: NDArray[Any],
    pixels: NucleusPixels,
    ring: NucleusPixels | None,
    settings: WhatToMeasure,
    check: Callable[[], object],
) -> Columns:
    """Measure an image, and its stains, in nuclei and in their rings.

    Parameters
    ----------
    name : str
        Beginning of the names of the columns.
    image : ndarray
        Of the shape of the labels, or with a last axis of colours.
    pixels : NucleusPixels
    ring : NucleusPixels, optional
        The pixels of the rings, for the same nuclei.
    settings : WhatToMeasure
    check : callable
        Called from time to time; raise an exception in it to stop.
    """
    measured: Columns = {}
    inside = values_by_name(name, image, pixels, settings.stains)
    around = {} if ring is None else values_by_name(name, image, ring, settings.stains)
    for column, values in inside.items():
        # Stains are optical densities, which have no background.
        background = settings.backgrounds.get(name, 0.0) if column == name else 0.0
        measured |= measure_intensities(
            column, values, pixels, background=background, check=check
        )
        if ring is None:
            continue
        measured |= measure_intensities(
            f"{column}_ring", around[column], ring, background=background, check=check
        )
        mean, ring_mean = measured[f"{column}_mean"], measured[f"{column}_ring_mean"]
        with np.errstate(divide="ignore", invalid="ignore"):
            measured[f"{column}_ring_ratio"] = mean / ring_mean
    return measured


def values_by_name(
    name: str, image: NDArray[Any], pixels: NucleusPixels, stains: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    """Return the values of an image in the pixels of nuclei, by the name of a column.

    The colours of an image are averaged, alpha is left out; each stain of an image
    with colours has values of its own, as `<name>_<stain>`.
    """
    if image.ndim == len(pixels.shape):
        return {name: image.ravel()[pixels.positions]}
    colours = image.reshape(-1, image.shape[-1])[pixels.positions]
    values_of_columns = {name: colours[:, :3].mean(axis=-1)}
    if colours.shape[-1] >= 3:
        densities = stain_densities(colours, stains) if stains else {}
        values_of_columns |= {
            f"{name}_{stain}": values for stain, values in densities.items()
        }
    return values_of_columns


def border_labels(labels: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the labels at the first and last index along every axis."""
    sides = [
        labels.take(index, axis).ravel()
        for axis in range(labels.ndim)
        for index in (0, -1)
        if labels.shape[axis]
    ]
    return np.unique(np.concatenate([np.zeros(0, labels.dtype), *sides]))
