"""Sample images for napari's File menu."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.widgets.contributions.online_samples import (
    LayerData,
    OnlineSample,
    open_online,
)

MICROMETRES_PER_PIXEL = 0.5
"""With this size the synthetic nuclei are about 9 µm wide, as in cultured cells."""

MICROMETRES_PER_SLICE = 2.0
"""Distance between slices of the synthetic z stack."""

WHITE_PERCENTILE = 99.5
"""Percentile of the synthetic image at the upper contrast limit."""

FRAMES, SLICES = 8, 9
"""Number of time points and of z slices of the synthetic samples."""


def synthetic_fluorescence() -> list[LayerData]:
    """Return synthetic fluorescent nuclei, and their true labels, hidden."""
    from napari_nuclei.core.synthetic import synthetic_nuclei

    image, labels = synthetic_nuclei((512, 512))
    return sample_layers("Synthetic fluorescence", image, labels, {})


def synthetic_time_series() -> list[LayerData]:
    """Return a synthetic time series of drifting nuclei, and their true labels."""
    from napari_nuclei.core.synthetic import synthetic_series

    image, labels = synthetic_series((256, 256), FRAMES)
    return sample_layers("Synthetic time series", image, labels, {"t": (1.0, "pixel")})


def synthetic_z_stack() -> list[LayerData]:
    """Return a synthetic z stack of round nuclei, and their true labels."""
    from napari_nuclei.core.synthetic import synthetic_stack

    image, labels = synthetic_stack((SLICES, 256, 256))
    return sample_layers(
        "Synthetic z stack", image, labels, {"z": (MICROMETRES_PER_SLICE, "um")}
    )


def sample_layers(
    name: str,
    image: NDArray[np.uint16],
    labels: NDArray[np.int32],
    leading: dict[str, tuple[float, str]],
) -> list[LayerData]:
    """Return an image layer and a hidden labels layer.

    Parameters
    ----------
    name : str
    image : ndarray of uint16, shape (..., Y, X)
    labels : ndarray of int32, of the shape of `image`
    leading : dict of str to (float, str)
        Scale and unit of each axis before Y and X.
    """
    pixel = (MICROMETRES_PER_PIXEL, "um")
    axes = leading | {"y": pixel, "x": pixel}
    transform: dict[str, Any] = {
        "scale": tuple(scale for scale, _ in axes.values()),
        "units": tuple(unit for _, unit in axes.values()),
        "axis_labels": tuple(axes),
    }
    # With full contrast limits, a few bright dividing nuclei make the others dark.
    limits = (int(image.min()), int(np.percentile(image, WHITE_PERCENTILE)))
    return [
        (image, {"name": name, "contrast_limits": limits} | transform, "image"),
        (labels, {"name": f"{name} truth", "visible": False} | transform, "labels"),
    ]


def tissue() -> list[LayerData]:
    """Return scikit-image's immunohistochemistry: colon tissue with blue nuclei."""
    from skimage import data

    image = data.immunohistochemistry()
    return [(image, {"name": "Immunohistochemistry", "rgb": True}, "image")]


def human_mitosis() -> list[LayerData]:
    """Return scikit-image's dividing human cells; the first call downloads them."""
    return open_online(
        OnlineSample("human_mitosis", "Human mitosis", (512, 512), "uint8")
    )


def cells_3d() -> list[LayerData]:
    """Return scikit-image's z stack of cells; the first call downloads it."""
    transform = {
        "scale": (0.29, 1.0, 0.26, 0.26),
        "units": ("um", "pixel", "um", "um"),
        "axis_labels": ("z", "channel", "y", "x"),
    }
    shape = (60, 2, 256, 256)
    return open_online(
        OnlineSample("cells3d", "Cells in 3D", shape, "uint16", transform)
    )
