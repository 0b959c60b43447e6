"""Order nuclei by how likely they are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.confidence import logit, sigmoid
from napari_nuclei.core.correct.neighbours import neighbour_pairs

if TYPE_CHECKING:
    import pandas as pd

MIN_NUCLEI = 5
"""Smallest number of nuclei with whose median area each area is compared."""

SIZE_SPREAD = 0.3
"""Spread of the logarithm of the area that is added to the measured one."""

MAX_DEVIATION = 4.0
"""Largest deviation of a size, in spreads."""

CONFIDENCE, SMALL, LARGE, CONCAVE, TOUCHING, AT_BORDER = (
    "confidence",
    "small",
    "large",
    "concave",
    "touching",
    "at border",
)

MEANS = {
    CONFIDENCE: 3.475,
    SMALL: -0.324,
    LARGE: 0.324,
    CONCAVE: 0.061,
    TOUCHING: 0.061,
    AT_BORDER: 0.177,
}
"""Mean of each property over the nuclei of validation images; what is not measured
counts as average."""

WEIGHTS = {
    CONFIDENCE: -0.77,
    SMALL: -0.72,
    LARGE: 0.76,
    CONCAVE: 2.46,
    TOUCHING: 2.09,
    AT_BORDER: 0.57,
}
"""Weights of a logistic regression for wrong nuclei.

It was fitted on the nuclei that the model `nuclei` finds in the validation images of
DSB2018, TNBC and S-BSST265. A nucleus is wrong if it matches no annotated one at an IoU
of 0.5. docs/correct.md says how well it orders nuclei.
"""

WEIGHTS_WITHOUT_CONFIDENCE = {
    SMALL: -1.18,
    LARGE: 0.74,
    CONCAVE: 7.13,
    TOUCHING: 1.86,
    AT_BORDER: 0.59,
}

INTERCEPT, INTERCEPT_WITHOUT_CONFIDENCE = -3.175, -2.374

BORDER_COLUMN = "touches_border"

MIN_REASON = 0.3
"""Smallest contribution to the logit that is a reason."""

LOW_CONFIDENCE = 0.7
"""Confidence below which a reason calls it low."""

MAX_REASONS = 2
NO_REASON = "nothing unusual"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReviewProgress:
    """How much of the labels was reviewed.

    Attributes
    ----------
    checked : int
        Number of nuclei that were accepted or corrected.
    total : int
        Number of nuclei.
    expected_errors : float
        Expected number of wrong nuclei among the others.
    """

    checked: int
    total: int
    expected_errors: float

    def __str__(self) -> str:
        return (
            f"{self.checked} of {self.total} checked, expected errors left: "
            f"{round(self.expected_errors)}"
        )


def rank_suspects(
    table: pd.DataFrame, touching: Mapping[int, float] | None = None
) -> pd.DataFrame:
    """Order nuclei by the probability that they are wrong, largest first.

    Parameters
    ----------
    table : DataFrame
        From `measure`. The columns `confidence`, `area` or `volume`, `solidity` and
        `touches_border` are used where they are there.
    touching : dict of int to float, optional
        Fraction of the border of each nucleus that touches others, from
        `touching_shares`.

    Returns
    -------
    DataFrame
        The columns of `table` that say where a nucleus is (`t`, `z`, `centroid_*`,
        `bbox_*`), and `error_probability` and `reason`. The index is `label`.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"area": [90, 100, 110, 300], "confidence": [0.9, 0.4, 0.9, 0.9]},
    ...     index=pd.Index([1, 2, 3, 4], name="label"),
    ... )
    >>> rank_suspects(table).reason.head(2).to_dict()
    {2: 'low confidence (0.40)', 1: 'confidence 0.90'}
    """
    properties = properties_of(table, touching)
    has_confidence = CONFIDENCE in properties
    weights = WEIGHTS if has_confidence else WEIGHTS_WITHOUT_CONFIDENCE
    contributions = {
        name: weights[name] * np.nan_to_num(values - MEANS[name])
        for name, values in properties.items()
    }
    intercept = INTERCEPT if has_confidence else INTERCEPT_WITHOUT_CONFIDENCE
    logits = intercept + sum(contributions.values(), np.zeros(len(table)))
    position = [
        name
        for name in table.columns
        if name in {"t", "z", "c", "plane"} or name.startswith(("centroid_", "bbox_"))
    ]
    ranked = table[position].copy()
    ranked["error_probability"] = sigmoid(logits)
    ranked["reason"] = describe_reasons(table, contributions, touching)
    order = np.argsort(-ranked["error_probability"].to_numpy(), kind="stable")
    return ranked.iloc[order]


def expected_errors(ranked: pd.DataFrame, reviewed: Iterable[int]) -> ReviewProgress:
    """Return how many nuclei were reviewed, and how many others are probably wrong.

    Parameters
    ----------
    ranked : DataFrame
        From `rank_suspects`.
    reviewed : iterable of int
        Nuclei that were accepted or corrected. Those that are not in the table, such as
        deleted ones, do not count.

    Examples
    --------
    >>> import pandas as pd
    >>> ranked = pd.DataFrame({"error_probability": [0.9, 0.6, 0.5]}, index=[7, 2, 4])
    >>> print(expected_errors(ranked, [7, 99]))
    1 of 3 checked, expected errors left: 1
    """
    checked = ranked.index.isin(list(reviewed))
    left = ranked["error_probability"].to_numpy()[~checked]
    return ReviewProgress(int(checked.sum()), len(ranked), float(left.sum()))


def touching_shares(labels: NDArray[np.integer[Any]]) -> dict[int, float]:
    """Return the fraction of the border of each nucleus that touches other nuclei.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or (Z, Y, X)

    Returns
    -------
    dict of int to float
        Share by number, 0 to 1. Sides of pixels at the end of the image do not count.

    Examples
    --------
    >>> touching_shares(np.array([[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]]))
    {1: 0.25, 2: 0.25}
    """
    sides, touches = [], []
    for axis in range(labels.ndim - 2, labels.ndim):
        first, second = neighbour_pairs(labels, axis)
        differs = first != second
        first, second = first[differs], second[differs]
        touching = (first > 0) & (second > 0)
        sides += [first, second]
        touches += [touching, touching]
    numbers, index = np.unique(np.concatenate(sides), return_inverse=True)
    side_counts = np.bincount(index)
    touching_counts = np.bincount(index, np.concatenate(touches))
    return {
        int(number): float(touching_count / side_count)
        for number, touching_count, side_count in zip(
            numbers, touching_counts, side_counts, strict=True
        )
        if number > 0
    }


def properties_of(
    table: pd.DataFrame, touching: Mapping[int, float] | None
) -> dict[str, Floats]:
    """Return the properties that predict wrong nuclei, one value per nucleus."""
    scores: dict[str, Floats] = {}
    if "confidence" in table and table["confidence"].notna().any():
        values = table["confidence"].to_numpy(float)
        scores[CONFIDENCE] = np.where(np.isnan(values), np.nan, logit(values))
    size = size_column(table)
    if size is not None and len(table) >= MIN_NUCLEI:
        logs = np.log(np.maximum(table[size].to_numpy(float), 1e-9))
        middle = float(np.median(logs))
        spread = 1.4826 * float(np.median(np.abs(logs - middle)))
        score = (logs - middle) / np.hypot(spread, SIZE_SPREAD)
        scores[SMALL] = np.clip(score, -MAX_DEVIATION, 0)
        if BORDER_COLUMN in table:  # the image cuts them: their size is not known
            scores[SMALL][table[BORDER_COLUMN].to_numpy(float) > 0] = np.nan
        scores[LARGE] = np.clip(score, 0, MAX_DEVIATION)
    if "solidity" in table:
        solidity = np.clip(table["solidity"].to_numpy(float), 0.3, 1)
        scores[CONCAVE] = -np.log(solidity)
    if touching is not None:
        scores[TOUCHING] = np.array([touching.get(int(n), 0.0) for n in table.index])
    if BORDER_COLUMN in table:
        scores[AT_BORDER] = table[BORDER_COLUMN].to_numpy(float)
    return scores


def size_column(table: pd.DataFrame) -> str | None:
    """Return the name of the column of areas or volumes; None without one."""
    return next((name for name in ("area", "volume") if name in table), None)


def describe_reasons(
    table: pd.DataFrame,
    contributions: Mapping[str, Floats],
    touching: Mapping[int, float] | None,
) -> list[str]:
    """Return in words why each nucleus may be wrong, the strongest reasons first.

    `contributions` is what each property adds to the logit of an error, by nucleus.
    """
    size = size_column(table)
    sizes = table[size].to_numpy(float) if size else np.ones(len(table))
    ratios = sizes / (float(np.median(sizes)) if len(table) else 1.0)
    shares = [(touching or {}).get(int(number), 0.0) for number in table.index]
    words: dict[str, tuple[str, Any]] = {
        CONFIDENCE: ("", table.get("confidence")),
        SMALL: (f"{{:.2f}} times the median {size}", ratios),
        LARGE: (f"{{:.1f}} times the median {size}", ratios),
        CONCAVE: ("concave (solidity {:.2f})", table.get("solidity")),
        TOUCHING: ("touches others along {:.0%} of its border", shares),
        AT_BORDER: ("cut by the border of the image", table.get(BORDER_COLUMN)),
    }
    names = [name for name in words if name in contributions]
    if not names:
        return [NO_REASON] * len(table)
    strength = np.stack([contributions[name] for name in names], axis=1)
    order = np.argsort(-strength, axis=1, kind="stable")[:, :MAX_REASONS]
    columns = [np.asarray(words[name][1], float) for name in names]
    reasons = []
    for row, strongest in enumerate(order.tolist()):
        chosen = [
            confidence_words(columns[i][row])
            if names[i] == CONFIDENCE
            else words[names[i]][0].format(columns[i][row])
            for i in strongest
            if strength[row, i] > MIN_REASON
        ]
        reasons.append(", ".join(chosen) or NO_REASON)
    return reasons


def confidence_words(confidence: float) -> str:
    """Return a confidence in words, as a reason."""
    if confidence < LOW_CONFIDENCE:
        return f"low confidence ({confidence:.2f})"
    return f"confidence {confidence:.2f}"
