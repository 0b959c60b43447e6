"""Score predicted labels against annotated labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.matching import count_image
from napari_nuclei.core.measure.touching import estimate_touching
from napari_nuclei.data.mask_report import KIND_TITLES, estimate_text
from napari_nuclei.data.masks import BINARY, LABELS, number_nuclei
from napari_nuclei.evaluation.evaluation_results import (
    DEFAULT_GROUP,
    Evaluation,
    ImageResult,
)


@suggests_keywords
def score(truth: ArrayLike, labels: ArrayLike) -> Evaluation:
    """Compare predicted labels with annotated labels, by objects and by pixels.

    Objects are matched one to one over the whole array, so a volume is compared in 3-D.
    Score the planes of a stack one by one if they are independent.

    Parameters
    ----------
    truth, labels : array_like of int, of the same shape
        Annotated and predicted instance labels: 0 is background, each nucleus has its
        own number. Any number of axes, such as (Y, X) or (Z, Y, X). The connected
        parts of a binary mask (booleans, 0 and 1, 0 and 255) are its nuclei.

    Returns
    -------
    Evaluation
        `print` shows it as a table; `metrics` is a dict with, among others, `ap_50`,
        `f1_50`, `precision_50`, `recall_50`, `pq_50`, `ap_50_95` and `pixel_dice`, all
        from 0 to 1.

    Raises
    ------
    ValueError
        If the shapes differ, a label is negative, or values are fractions above 1.

    Warns
    -----
    ImageWarning
        If an array is a binary mask, in which touching nuclei count as one.

    See Also
    --------
    evaluate : Segment annotated images with a model and score the result.

    References
    ----------
    Caicedo et al., "Nucleus segmentation across imaging experiments: the 2018 Data
    Science Bowl", 2019, https://doi.org/10.1038/s41592-019-0612-7 (average precision)

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([[1, 1, 0, 2, 2], [1, 1, 0, 2, 2]])
    >>> labels = np.array([[1, 1, 0, 0, 0], [1, 1, 0, 0, 0]])
    >>> found = score(truth, labels)
    >>> found.metrics["precision_50"], found.metrics["recall_50"]
    (1.0, 0.5)
    """
    arrays = {"truth": np.asarray(truth), "labels": np.asarray(labels)}
    notes = []
    for name, array in arrays.items():
        try:
            mask = number_nuclei(array)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        arrays[name] = mask.labels
        count = int(mask.labels.max(initial=0))
        if mask.kind != LABELS and count > 1:
            kind = "a binary mask" if mask.kind == BINARY else KIND_TITLES[mask.kind]
            note = (
                f"{name} is {kind}: {count} nuclei by connected parts; touching ones "
                "count as one"
            )
            if mask.labels.ndim == 2:
                note += estimate_text(estimate_touching(mask.labels))
            notes.append(note)
            warn_user(note, ImageWarning)
    counts = count_image(arrays["truth"], arrays["labels"])
    images = (ImageResult("image", DEFAULT_GROUP, counts),)
    return Evaluation(images, tuple(notes))
