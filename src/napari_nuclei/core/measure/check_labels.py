"""Check that an array holds labels of nuclei."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray


def check_labels(labels: NDArray[Any]) -> None:
    """Raise an error unless an array holds labels: integers from 0 of two axes or more.

    Raises
    ------
    TypeError
        If the labels are not integers.
    ValueError
        If a label is negative, or there is no plane.

    Examples
    --------
    >>> import numpy as np
    >>> check_labels(np.eye(3, dtype=int))
    """
    if labels.dtype.kind not in "iu":
        remedy = ""
        if labels.dtype.kind == "b":
            remedy = ". Number the nuclei first, as with skimage.measure.label"
        raise TypeError(f"labels must be integers; got {labels.dtype}{remedy}")
    if (lowest := int(labels.min(initial=0))) < 0:
        raise ValueError(
            f"labels must be 0 for background and positive for nuclei; got {lowest}"
        )
    if labels.ndim < 2:
        raise ValueError(f"labels must have the axes Y and X; got {labels.shape}")
