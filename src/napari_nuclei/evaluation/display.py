"""Show images with their true and their predicted nuclei, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.segmentation import Segmentation
from napari_nuclei.evaluation.figures import draw_predictions

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@suggests_keywords
def display(
    image: Any,
    truth: Any,
    predicted: Any,
    titles: str | Sequence[str] | None = None,
) -> Figure:
    """Draw images with their true and their predicted masks, one row each.

    A notebook shows the figure; ``figure.savefig("figure.png")`` saves it.

    Parameters
    ----------
    image : array_like of shape (Y, X) or (Y, X, C), or list of these
        Of any type; each image is normalised for display.
    truth, predicted : array_like of shape (Y, X), Segmentation, or list of these
        Instance labels or masks; neighbouring nuclei get different colours.
    titles : str or list of str, optional
        Text above each row; by default the numbers of nuclei.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the numbers of images and masks differ, there are none, or an image and its
        masks differ in shape.

    Examples
    --------
    >>> from napari_nuclei import display, load_segmenter, synthetic_nuclei
    >>> image, truth = synthetic_nuclei((128, 128), seed=1)
    >>> figure = display(image, truth, load_segmenter("nuclei-fast").segment(image))
    >>> len(figure.axes)
    3
    """
    if not isinstance(image, list | tuple):
        image, truth, predicted = [image], [truth], [predicted]
        titles = [titles] if isinstance(titles, str) else titles
    images = [np.asarray(pixels) for pixels in image]
    true_labels, labels = (
        [as_labels(mask) for mask in masks] for masks in (truth, predicted)
    )
    for number, (pixels, *masks) in enumerate(
        zip(images, true_labels, labels, strict=False), 1
    ):
        for name, mask in zip(("truth", "predicted"), masks, strict=True):
            if mask.shape != pixels.shape[:2]:
                raise ValueError(
                    f"{name} {number} must have the shape of its image, "
                    f"{pixels.shape[:2]}; got {mask.shape}"
                )
    if titles is None:
        titles = [
            f"{count(true_mask)} true, {count(mask)} predicted nuclei"
            for true_mask, mask in zip(true_labels, labels, strict=False)
        ]
    return draw_predictions(images, true_labels, labels, list(titles))


def as_labels(mask: Any) -> NDArray[Any]:
    """Return labels as integers."""
    array = np.asarray(mask.labels if isinstance(mask, Segmentation) else mask)
    return array if array.dtype.kind in "ui" else (array > 0).astype(np.int32)


def count(labels: NDArray[Any]) -> int:
    """Return the number of different labels above 0."""
    return int(np.count_nonzero(np.unique(labels)))
