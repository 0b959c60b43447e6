"""The H-score of stained nuclei."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import ArrayLike

from napari_nuclei.config.keywords import suggests_keywords

GRADES = {"negative": 0, "1+": 1, "2+": 2, "3+": 3}
"""Names of the grades, as `Thresholds` gives them."""

HIGHEST = 3
"""The highest grade."""


@suggests_keywords
def h_score(grades: ArrayLike) -> float:
    """Return the H-score of grades: the sum of 1, 2 and 3 times their percentages.

    Parameters
    ----------
    grades : array of int or str
        Grade of each nucleus, 0 (negative) to 3 (strongly positive), or its name:
        "negative", "1+", "2+" or "3+", as `Thresholds` gives it.

    Returns
    -------
    float
        0 to 300; NaN of no nuclei.

    Raises
    ------
    ValueError
        If a grade is none of these.

    Examples
    --------
    >>> h_score([0, 1, 2, 3]), h_score(["negative", "3+"])
    (150.0, 150.0)
    """
    counts = Counter(np.asarray(grades, object).ravel().tolist())
    total = 0
    for grade, count in counts.items():
        value = GRADES.get(grade, grade)
        if value not in range(HIGHEST + 1):
            names = ", ".join(GRADES)
            raise ValueError(
                f"grades must be whole numbers from 0 to {HIGHEST}, or {names}; got "
                f"{grade!r}"
            )
        total += int(value) * count
    return 100 * total / counts.total() if counts else float("nan")
