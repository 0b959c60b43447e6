from __future__ import annotations

import pandas as pd
import pytest

from napari_nuclei.core.classify.classifier import Classifier
from napari_nuclei.widgets.nuclei.sections.click_examples import (
    ClickExamples,
    clicked_only,
    predict_classes,
)

TABLE = pd.DataFrame(
    {"a": [0.0, 1, 2, 10, 11, 12]}, index=pd.Index(range(1, 7), name="label")
)


def test_a_digit_is_a_class_and_0_takes_it_back() -> None:
    examples = ClickExamples()
    for label, digit in [(4, 2), (5, 1), (6, 2), (4, 1), (5, 0)]:
        examples.set_digit(label, digit)
    assert examples.classes() == {4: "class 1", 6: "class 2"}
    assert examples.describe() == "Clicked class 1: 1, class 2: 1."
    examples.keep_labels([6])
    assert examples.classes() == {6: "class 2"}


def test_classes_have_names() -> None:
    examples = ClickExamples()
    examples.digits = {1: 1, 2: 2, 3: 3}
    examples.set_names("tumour, , immune")
    assert list(examples.counts()) == ["tumour", "class 2", "immune"]
    with pytest.raises(ValueError, match="Two classes are named 'a'"):
        examples.set_names("a, a")
    with pytest.raises(ValueError, match="Two classes are named 'class 2'"):
        examples.set_names("class 2")
    with pytest.raises(ValueError, match="at most 9 classes; got 10"):
        examples.set_names(",".join("abcdefghij"))
    assert list(examples.counts()) == ["tumour", "class 2", "immune"]


@pytest.mark.parametrize(
    ("digits", "wanted"),
    [
        ([], "2 nuclei of each of two classes"),
        ([1, 1, 1], "2 nuclei of each of two classes"),
        ([1, 1, 2], "2 nuclei of class 2"),
        ([1, 2, 2, 3], "2 nuclei of class 1 and of class 3"),
        ([1, 1, 2, 2], None),
    ],
)
def test_too_few_clicks_are_said(digits, wanted) -> None:
    examples = ClickExamples()
    examples.digits = dict(enumerate(digits, 1))
    text = f"Too few clicks to predict: click at least {wanted}." if wanted else ""
    assert examples.missing() == text


def test_clicked_nuclei_have_their_own_class() -> None:
    examples = {1: "low", 2: "low", 4: "high", 5: "high"}
    classifier = Classifier.learn(TABLE, examples)
    found = predict_classes(classifier, TABLE, {3: "high", 77: "low"})
    assert found["class"].tolist() == ["low", "low", "high", "high", "high", "high"]
    assert found.loc[3, "certainty"] == 1
    only = clicked_only(TABLE, examples)
    assert only.dropna().to_dict() == examples
    assert len(only) == 6
