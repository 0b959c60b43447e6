"""Sample images for napari's File menu; none of them is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np

LayerData = tuple[Any, dict[str, Any], str]

MICROMETRES_PER_PIXEL = 0.5
"""Makes the synthetic nuclei about 9 um wide, as those of cultured cells are."""


BRIGHTEST = 99.5
"""Percentile of the synthetic image that is shown white."""


def synthetic_fluorescence() -> list[LayerData]:
    """Return made-up fluorescent nuclei, and the truth about them as hidden labels."""
    from napari_nuclei.core.synthetic import synthetic_nuclei

    image, labels = synthetic_nuclei((512, 512))
    # A few dividing nuclei are so bright that they would leave the others dark.
    seen = (int(image.min()), int(np.percentile(image, BRIGHTEST)))
    place: dict[str, Any] = {
        "scale": (MICROMETRES_PER_PIXEL, MICROMETRES_PER_PIXEL),
        "units": ("um", "um"),
    }
    shown = {"name": "Synthetic fluorescence", "contrast_limits": seen}
    hidden = {"name": "Synthetic fluorescence truth", "visible": False}
    return [(image, shown | place, "image"), (labels, hidden | place, "labels")]


def tissue() -> list[LayerData]:
    """Return scikit-image's immunohistochemistry, colon tissue with blue nuclei."""
    from skimage import data

    image = data.immunohistochemistry()
    return [(image, {"name": "Immunohistochemistry", "rgb": True}, "image")]
