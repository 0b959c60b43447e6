"""Classes of nuclei that are learnt from examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.classify.thresholds import column_values
from napari_nuclei.core.measure.regions import wilson_interval

if TYPE_CHECKING:
    import pandas as pd

NOT_LEARNT_FROM = (
    *("label", "t", "z", "plane", "orientation", "touches_border"),
    *("class", "certainty"),
)
"""Columns that say where a nucleus is, not what it is; and those of a classifier."""

FEW_EXAMPLES = 10
"""Number of examples of a class below which `describe` says that there are few."""

MIN_EXAMPLES = 2
"""Smallest number of examples of a class."""

FORMAT = "napari-nuclei classifier 1"
"""First entry of a file."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """Sorts nuclei into classes, by logistic regression on examples.

    Attributes
    ----------
    columns : tuple of str
        Columns of a table that are used.
    classes : tuple of str
        Names of the classes.
    centre, spread : tuple of float
        Median, and standard deviation, of each column; a missing value is the median.
    weights : tuple of tuple of float
        One row per class, one weight per column.
    biases : tuple of float
        One per class.
    examples : dict of str to int
        Number of examples of each class.
    right : int
        Number of examples that were classified right without having been learnt from.
    """

    columns: tuple[str, ...]
    classes: tuple[str, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    examples: dict[str, int]
    right: int

    @classmethod
    def learn(
        cls,
        table: pd.DataFrame,
        examples: Mapping[int, str],
        *,
        columns: Sequence[str] | None = None,
    ) -> Classifier:
        """Learn from some nuclei of a table.

        Parameters
        ----------
        table : DataFrame
            As from `measure`.
        examples : dict of int to str
            Class by label: at least two classes, with two nuclei each.
        columns : sequence of str, optional
            Columns to use; by default all numbers but positions.

        Raises
        ------
        KeyError
            If a label is not in the table.
        ValueError
            If there are fewer than two classes, a class has fewer than two examples,
            or there is no column to learn from.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        if unannotated := [label for label in examples if label not in table.index]:
            raise KeyError(f"the table has no nucleus {unannotated[0]}")
        annotated = table.loc[list(examples)]
        names = np.array(list(examples.values()), object)
        classes, counts = np.unique(names.astype(str), return_counts=True)
        if len(classes) < 2 or counts.min(initial=MIN_EXAMPLES) < MIN_EXAMPLES:
            found = ", ".join(f"{c}: {n}" for c, n in zip(classes, counts, strict=True))
            raise ValueError(
                "examples must be at least two nuclei of each of two classes; got "
                f"{found or 'none'}"
            )
        used = tuple(columns or learnable_columns(annotated))
        if not used:
            raise ValueError("the table has no column of numbers to learn from")
        values = read_columns(annotated, used)
        with np.errstate(all="ignore"):
            centre = np.nan_to_num(np.nanmedian(values, axis=0))
        values = np.where(np.isfinite(values), values, centre)
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        folds = StratifiedKFold(min(5, int(counts.min())), shuffle=True, random_state=0)
        predicted = cross_val_predict(model, values, names.astype(str), cv=folds)
        model.fit(values, names.astype(str))
        scaler, regression = model[0], model[1]
        weights, biases = regression.coef_, regression.intercept_
        if len(classes) == 2:  # one row for two classes: the first has the weight 0
            weights = np.concatenate([np.zeros_like(weights), weights])
            biases = np.concatenate([np.zeros_like(biases), biases])
        biases = biases - weights @ ((scaler.mean_ - centre) / scaler.scale_)
        return cls(
            columns=used,
            classes=tuple(str(name) for name in regression.classes_),
            centre=tuple(centre.tolist()),
            spread=tuple(scaler.scale_.tolist()),
            weights=tuple(tuple(row) for row in weights.tolist()),
            biases=tuple(biases.tolist()),
            examples=dict(zip(classes.tolist(), counts.tolist(), strict=True)),
            right=int((predicted == names).sum()),
        )

    def probabilities(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of each class, one column per class.

        Raises
        ------
        ValueError
            If the table lacks a column that was learnt from.
        """
        import pandas as pd

        if missing := [name for name in self.columns if name not in table]:
            raise ValueError(
                f"the classifier was made for other columns: the table lacks "
                f"{', '.join(missing)}. Measure the same images under the same names"
            )
        values = read_columns(table, self.columns)
        values = np.where(np.isfinite(values), values, self.centre)
        scaled = (values - self.centre) / np.array(self.spread)
        scores = scaled @ np.array(self.weights).T + self.biases
        scores = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
        scores /= scores.sum(axis=1, keepdims=True)
        return pd.DataFrame(scores, table.index, list(self.classes))

    def classify(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the class of each nucleus and how certain it is.

        Returns
        -------
        DataFrame
            Columns `class` (str) and `certainty` (probability of this class).

        Raises
        ------
        ValueError
            If the table lacks a column that was learnt from.
        """
        import pandas as pd

        probabilities = self.probabilities(table).to_numpy()
        best = probabilities.argmax(axis=1) if len(probabilities) else np.zeros(0, int)
        names = np.array(self.classes, object)[best]
        certainty = probabilities[np.arange(len(probabilities)), best]
        return pd.DataFrame({"class": names, "certainty": certainty}, table.index)

    def next_unsure(self, table: pd.DataFrame) -> list[int]:
        """Return all labels, those whose class is least certain first."""
        certainty = self.classify(table)["certainty"]
        return [int(label) for label in certainty.sort_values(kind="stable").index]

    def describe(self) -> str:
        """Return a sentence on how well examples not learnt from were classified.

        The share has Wilson's 95 % interval.
        """
        count = sum(self.examples.values())
        low, high = wilson_interval(self.right, count)
        text = (
            f"{self.right} of {count} examples are right in cross-validation "
            f"({self.right / count:.0%}, 95 % interval {low:.0%} to {high:.0%})"
        )
        few = [name for name, n in self.examples.items() if n < FEW_EXAMPLES]
        if few:
            text += f"; give {FEW_EXAMPLES} or more examples of {', '.join(few)}"
        return text

    def as_dict(self) -> dict[str, Any]:
        """Return the classifier as text, numbers and lists, as a file holds it."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Classifier:
        """Return the classifier that `as_dict` described.

        Raises
        ------
        ValueError
            If it does not describe a classifier.
        """
        try:
            classifier = cls(
                columns=tuple(map(str, stored["columns"])),
                classes=tuple(map(str, stored["classes"])),
                centre=tuple(map(float, stored["centre"])),
                spread=tuple(map(float, stored["spread"])),
                weights=tuple(tuple(map(float, row)) for row in stored["weights"]),
                biases=tuple(map(float, stored["biases"])),
                examples={str(name): int(n) for name, n in stored["examples"].items()},
                right=int(stored["right"]),
            )
            expected_shape = (len(classifier.classes), len(classifier.columns))
            fits = (
                np.shape(classifier.weights) == expected_shape
                and len(classifier.biases) == expected_shape[0]
            )
            fits &= (
                len(classifier.centre) == len(classifier.spread) == expected_shape[1]
            )
            if stored["format"] != FORMAT or not fits:
                raise ValueError(FORMAT)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError("this is not a classifier of nuclei") from None
        return classifier


def learnable_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns of numbers that say what a nucleus is, not where it is."""
    return [
        name
        for name in table
        if name not in NOT_LEARNT_FROM
        and not name.startswith(("centroid_", "bbox_"))
        and not name.endswith(("_um", "_um2", "_um3", "_nan"))
        and table[name].dtype.kind in "fiu"
    ]


def read_columns(table: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.float64]:
    """Return columns as an array of shape (nuclei, columns)."""
    return np.stack([column_values(table, name) for name in columns], axis=-1)
