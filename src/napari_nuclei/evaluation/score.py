"""Score predicted labels against annotated labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from napari_nuclei.core.matching import count_image
from napari_nuclei.evaluation.nucleus_outcomes import nucleus_outcomes
from napari_nuclei.evaluation.results import DEFAULT_GROUP, Evaluation, ImageResult


def score(truth: ArrayLike, labels: ArrayLike) -> Evaluation:
    """Compare predicted labels with annotated labels, by objects and by pixels.

    Objects are matched one to one over the whole array, so a volume is compared in 3-D.
    Score the planes of a stack one by one if they are independent.

    Parameters
    ----------
    truth, labels : array_like of int, of the same shape
        Annotated and predicted instance labels: 0 is background, each nucleus has its
        own number. Any number of axes, such as (Y, X) or (Z, Y, X).

    Returns
    -------
    Evaluation
        `print` shows it as a table; `metrics` is a dict with, among others, `ap_50`,
        `f1_50`, `precision_50`, `recall_50`, `pq_50`, `ap_50_95` and `pixel_dice`, all
        from 0 to 1.

    Raises
    ------
    TypeError
        If the arrays do not contain integers.
    ValueError
        If the shapes differ or a label is negative.

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
    for name, array in arrays.items():
        if array.dtype.kind not in "ui":
            raise TypeError(
                f"{name} must contain integers, one per nucleus; got {array.dtype}"
                + ("; label the mask first" if array.dtype.kind == "b" else "")
            )
    counts = count_image(arrays["truth"], arrays["labels"])
    outcomes = nucleus_outcomes(arrays["truth"], arrays["labels"])
    image = ImageResult("image", DEFAULT_GROUP, counts, outcomes=outcomes)
    return Evaluation((image,))
