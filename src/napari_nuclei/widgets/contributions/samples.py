"""Sample images for napari's File menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

LayerData = tuple[Any, dict[str, Any], str]

MICROMETRES_PER_PIXEL = 0.5
"""Makes the synthetic nuclei about 9 um wide, as those of cultured cells are."""

MICROMETRES_PER_SLICE = 2.0
"""Between the slices of the synthetic z stack."""

WHITE_PERCENTILE = 99.5
"""Percentile of the synthetic image that is shown white."""

FRAMES, SLICES = 8, 9
"""Length of the time series and of the z stack."""


def synthetic_fluorescence() -> list[LayerData]:
    """Return made-up fluorescent nuclei, and the truth about them as hidden labels."""
    from napari_nuclei.core.synthetic import synthetic_nuclei

    image, labels = synthetic_nuclei((512, 512))
    return sample_layers("Synthetic fluorescence", image, labels, {})


def synthetic_time_series() -> list[LayerData]:
    """Return made-up nuclei that drift over some frames, and the truth."""
    from napari_nuclei.core.synthetic import synthetic_series

    image, labels = synthetic_series((256, 256), FRAMES)
    return sample_layers("Synthetic time series", image, labels, {"t": (1.0, "pixel")})


def synthetic_z_stack() -> list[LayerData]:
    """Return made-up round nuclei in slices of their depth, and the truth."""
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
    """Return an image and hidden labels; `leading` has scale and unit of more axes."""
    pixel = (MICROMETRES_PER_PIXEL, "um")
    axes = leading | {"y": pixel, "x": pixel}
    place: dict[str, Any] = {
        "scale": tuple(scale for scale, _ in axes.values()),
        "units": tuple(unit for _, unit in axes.values()),
        "axis_labels": tuple(axes),
    }
    # A few dividing nuclei are so bright that they would leave the others dark.
    seen = (int(image.min()), int(np.percentile(image, WHITE_PERCENTILE)))
    return [
        (image, {"name": name, "contrast_limits": seen} | place, "image"),
        (labels, {"name": f"{name} truth", "visible": False} | place, "labels"),
    ]


def tissue() -> list[LayerData]:
    """Return scikit-image's immunohistochemistry, colon tissue with blue nuclei."""
    from skimage import data

    image = data.immunohistochemistry()
    return [(image, {"name": "Immunohistochemistry", "rgb": True}, "image")]


def human_mitosis() -> list[LayerData]:
    """Return scikit-image's human cells in division; downloaded once."""
    from skimage import data

    image = downloaded("human_mitosis", data.human_mitosis)
    return [(image, {"name": "Human mitosis"}, "image")]


def cells_3d() -> list[LayerData]:
    """Return scikit-image's cells in depth, with membranes; downloaded once."""
    from skimage import data

    image = downloaded("cells3d", data.cells3d)
    place = {
        "scale": (0.29, 1.0, 0.26, 0.26),
        "units": ("um", "pixel", "um", "um"),
        "axis_labels": ("z", "channel", "y", "x"),
    }
    return [(image, {"name": "Cells in 3D"} | place, "image")]


def downloaded(name: str, fetch: Callable[[], Any]) -> Any:
    """Return a sample that scikit-image downloads the first time.

    Raises
    ------
    OSError
        If it cannot be had now; the message says what can.
    """
    try:
        return fetch()
    except ModuleNotFoundError as error:
        raise OSError(
            f"the sample {name} is downloaded with pooch: python -m pip install pooch"
        ) from error
    except Exception as error:  # whatever the library of the day raises offline
        raise OSError(
            f"the sample {name} cannot be downloaded ({type(error).__name__}); connect "
            "to the internet, or open a synthetic sample, which needs no download"
        ) from error
