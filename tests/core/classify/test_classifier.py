from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from napari_nuclei.core.classify.classifier import Classifier, learnable_columns


def table_of(rng: np.random.Generator, classes: int = 2, count: int = 60):
    kind = np.arange(count) % classes
    return pd.DataFrame(
        {
            "centroid_y": kind * 50.0,
            "area": rng.normal(100, 10, count),
            "a_mean": kind * 20 + rng.normal(0, 2, count),
            "touches_border": False,
        },
        index=pd.Index(np.arange(1, count + 1), name="label"),
    ), kind


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_learnt_from_a_few_nuclei(
    rng: np.random.Generator, classes: int
) -> None:
    table, kind = table_of(rng, classes)
    examples = {label: f"k{kind[label - 1]}" for label in range(1, 19)}
    classifier = Classifier.learn(table, examples)
    assert classifier.columns == ("area", "a_mean")
    found = classifier.classify(table)
    assert found["class"].tolist() == [f"k{one}" for one in kind]
    assert (found["certainty"] > 1 / classes).all()
    assert classifier.probabilities(table).sum(axis=1).tolist() == pytest.approx(
        [1] * len(table)
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_those_of_scikit_learn(
    rng: np.random.Generator, classes: int
) -> None:
    table, kind = table_of(rng, classes)
    examples = {label: f"k{kind[label - 1]}" for label in table.index}
    found = Classifier.learn(table, examples).probabilities(table)
    values = table[["area", "a_mean"]].to_numpy()
    scaler = StandardScaler().fit(values)
    model = LogisticRegression(max_iter=1000).fit(scaler.transform(values), kind)
    expected = model.predict_proba(scaler.transform(values))
    np.testing.assert_allclose(found.to_numpy(), expected, atol=1e-9)


def test_the_least_certain_nucleus_comes_first(rng: np.random.Generator) -> None:
    table, kind = table_of(rng)
    table.loc[20, "a_mean"] = 10.0  # between the classes
    examples = {label: f"k{kind[label - 1]}" for label in range(1, 17)}
    assert Classifier.learn(table, examples).next_unsure(table)[0] == 20


def test_few_examples_are_said_and_the_share_has_an_interval(
    rng: np.random.Generator,
) -> None:
    table, kind = table_of(rng)
    examples = {label: ("dark", "bright")[kind[label - 1]] for label in range(1, 9)}
    text = Classifier.learn(table, examples).describe()
    assert text.startswith("8 of 8 examples are right in cross-validation (100%, 95 %")
    assert text.endswith("give 10 or more examples of bright, dark")
    many = {label: ("dark", "bright")[kind[label - 1]] for label in range(1, 41)}
    assert "give" not in Classifier.learn(table, many).describe()


def test_missing_values_count_as_the_median(rng: np.random.Generator) -> None:
    table, kind = table_of(rng)
    examples = {label: f"k{kind[label - 1]}" for label in range(1, 31)}
    classifier = Classifier.learn(table, examples)
    table.loc[5, "area"] = np.nan
    assert classifier.classify(table).loc[5, "class"] == f"k{kind[4]}"


def test_another_image_without_the_columns_is_refused(
    rng: np.random.Generator,
) -> None:
    table, kind = table_of(rng)
    classifier = Classifier.learn(table, {n: f"k{kind[n - 1]}" for n in range(1, 9)})
    with pytest.raises(ValueError, match=r"made for other columns: .* lacks a_mean"):
        classifier.classify(table.drop(columns="a_mean"))
    empty = classifier.classify(table.iloc[:0])
    assert list(empty) == ["class", "certainty"]
    assert len(empty) == 0


@pytest.mark.parametrize(
    ("examples", "error", "message"),
    [
        ({1: "a"}, ValueError, "two nuclei of each of two classes; got a: 1"),
        ({}, ValueError, "got none"),
        ({1: "a", 3: "a", 2: "b"}, ValueError, "a: 2, b: 1"),
        ({999: "a"}, KeyError, "no nucleus 999"),
    ],
)
def test_too_few_examples_are_refused(
    rng: np.random.Generator,
    examples: dict[int, str],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        Classifier.learn(table_of(rng)[0], examples)


def test_positions_and_sizes_in_other_units_are_not_learnt_from(
    rng: np.random.Generator,
) -> None:
    table = table_of(rng)[0].assign(area_um2=1.0, name="x", bbox_y0=3)
    assert learnable_columns(table) == ["area", "a_mean"]
