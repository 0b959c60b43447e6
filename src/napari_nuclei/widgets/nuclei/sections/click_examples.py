"""Nuclei whose class the user has clicked; without Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from napari_nuclei.core.classify.classifier import MIN_EXAMPLES, Classifier

if TYPE_CHECKING:
    import pandas as pd

MAX_CLASSES = 9


class ClickExamples:
    """The class of each clicked nucleus, by a digit from 1 to 9.

    Attributes
    ----------
    digits : dict of int to int
        Digit by label.
    """

    def __init__(self) -> None:
        self.digits: dict[int, int] = {}
        self._names: dict[int, str] = {}

    def name(self, digit: int) -> str:
        """Return the name of a class."""
        return self._names.get(digit, f"class {digit}")

    def set_names(self, text: str) -> None:
        """Name the classes.

        Parameters
        ----------
        text : str
            Names of the classes from 1 on, with commas between them. An empty one stays
            "class 1" and so on.

        Raises
        ------
        ValueError
            If two names are the same, or there are more than nine.
        """
        names = [part.strip() for part in text.split(",")]
        if len(names) > MAX_CLASSES:
            raise ValueError(
                f"There are at most {MAX_CLASSES} classes; got {len(names)} names"
            )
        given = {number: name for number, name in enumerate(names, 1) if name}
        everything = [
            given.get(digit, f"class {digit}") for digit in range(1, MAX_CLASSES + 1)
        ]
        if doubled := [name for name, n in Counter(everything).items() if n > 1]:
            raise ValueError(
                f"Two classes are named {doubled[0]!r}; name one otherwise"
            )
        self._names = given

    def set_digit(self, label: int, digit: int) -> None:
        """Put a nucleus into a class; digit 0 takes it out of its class."""
        if digit:
            self.digits[label] = digit
        else:
            self.digits.pop(label, None)

    def keep_labels(self, labels: Iterable[int]) -> None:
        """Forget nuclei that no longer exist."""
        present = set(labels)
        self.digits = {a: b for a, b in self.digits.items() if a in present}

    def classes(self) -> dict[int, str]:
        """Return the class of each clicked nucleus by its label."""
        return {label: self.name(digit) for label, digit in self.digits.items()}

    def counts(self) -> dict[str, int]:
        """Return the number of clicked nuclei of each class, in the order of digits."""
        counted = Counter(self.digits.values())
        return {self.name(digit): counted[digit] for digit in sorted(counted)}

    def describe(self) -> str:
        """Return the number of clicks of each class in words."""
        counts = ", ".join(f"{name}: {count}" for name, count in self.counts().items())
        return f"Clicked {counts}." if counts else "No nuclei are clicked yet."

    def missing(self) -> str:
        """Return what is missing to learn from; empty if there is enough."""
        counts = self.counts()
        enough = [name for name, count in counts.items() if count >= MIN_EXAMPLES]
        if len(enough) >= 2 and len(enough) == len(counts):
            return ""
        few = [name for name in counts if name not in enough]
        if len(counts) < 2:
            needed = f"{MIN_EXAMPLES} nuclei of each of two classes"
        else:
            needed = f"{MIN_EXAMPLES} nuclei of {' and of '.join(few)}"
        return f"Too few clicks to predict: click at least {needed}."


def predict_classes(
    classifier: Classifier, table: pd.DataFrame, examples: Mapping[int, str]
) -> pd.DataFrame:
    """Return the predicted class of each nucleus; clicked ones have their own class.

    Returns
    -------
    DataFrame
        Columns `class` and `certainty`; one row per label.

    Raises
    ------
    ValueError
        If the table lacks a column that was learnt from.
    """
    table = table[~table.index.duplicated()]
    found = classifier.classify(table)
    clicked: dict[Any, str] = {
        label: name for label, name in examples.items() if label in found.index
    }
    found.loc[list(clicked), "class"] = list(clicked.values())
    found.loc[list(clicked), "certainty"] = 1.0
    return found


def clicked_only(table: pd.DataFrame, examples: Mapping[int, str]) -> pd.Series[Any]:
    """Return the class of each clicked nucleus, and None for the others."""
    labels = table.index[~table.index.duplicated()]
    import pandas as pd

    return pd.Series([examples.get(label) for label in labels], labels, dtype=object)
