from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.classify.classifier import Classifier
from napari_nuclei.io.classifier_files import read_classifier, write_classifier


@pytest.fixture
def classifier(rng: np.random.Generator) -> Classifier:
    table = pd.DataFrame({"area": rng.random(20), "a_mean": np.arange(20) % 2 + 0.1})
    return Classifier.learn(table, {n: "ab"[n % 2] for n in range(20)})


def test_a_classifier_is_read_as_it_was_written(
    classifier: Classifier, tmp_path: Path
) -> None:
    path = tmp_path / "ki67.json"
    write_classifier(classifier, path)
    assert read_classifier(path) == classifier
    assert [one.name for one in tmp_path.iterdir()] == ["ki67.json"]


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[1]", "[" * 100_000, '{"format": "napari-nuclei classifier 1"}'],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"other\.json is not a classifier file$"):
        read_classifier(path)


def test_weights_that_do_not_fit_the_columns_are_refused(
    classifier: Classifier, tmp_path: Path
) -> None:
    path = tmp_path / "cut.json"
    stored = classifier.as_dict()
    stored["weights"] = stored["weights"][:1]
    path.write_text(json.dumps(stored))
    with pytest.raises(ValueError, match="not a classifier file"):
        read_classifier(path)
