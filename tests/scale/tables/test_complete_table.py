from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.config import MeasureConfig
from napari_nuclei.core.classify.classifier import Classifier
from napari_nuclei.core.measure.columns import Columns
from napari_nuclei.core.measure.nuclei import measure, measure_columns
from napari_nuclei.io.classifier_files import write_classifier
from napari_nuclei.scale.tables.complete_table import complete_table

SHAPE = (60, 120)


@pytest.fixture
def columns(discs) -> Columns:
    centres = [(row, column, 7) for row in (15, 45) for column in (15, 45, 75, 105)]
    labels = discs(SHAPE, centres)
    return measure_columns(labels, {"k": labels % 2 * 150 + 50}, axes="YX")


def complete(columns: Columns, **settings):
    return complete_table(
        columns, MeasureConfig(**settings), shape=SHAPE, pixel_size=0.5
    )


def test_nothing_is_changed_without_settings(columns: Columns) -> None:
    done = complete(columns)
    assert list(done.table) == [name for name in columns if name != "label"]
    assert (done.counts, done.notes) == (None, ())


def test_columns_are_chosen_after_classes_and_counts(
    columns: Columns, tmp_path: Path
) -> None:
    left = [[0, 0], [60, 0], [60, 60], [0, 60], [0, 0]]
    geometry = {"type": "Polygon", "coordinates": [left]}
    feature = {"properties": {"name": "left"}, "geometry": geometry}
    (tmp_path / "left.geojson").write_text(json.dumps({"features": [feature]}))
    done = complete(
        columns,
        threshold=("k_mean", ()),
        regions=tmp_path / "left.geojson",
        properties=["area"],
    )
    assert list(done.table) == ["area", "class"]
    assert done.table["class"].value_counts().to_dict() == {
        "positive": 4,
        "negative": 4,
    }
    assert done.counts["positive"].to_dict() == {"left": 2, "rest": 2}
    assert done.counts.loc["left", "area_mm2"] == pytest.approx(3600 * 0.25e-6)
    (note,) = done.notes
    assert note.startswith("Limit of k_mean by Otsu's method: ")


def test_the_columns_of_the_stack_stay_with_chosen_columns(discs) -> None:
    labels = np.stack([discs((30, 30), [(15, 15, 5)])] * 2)
    columns = measure_columns(labels, axes="TYX")
    assert list(complete(columns, properties=["area"]).table) == ["t", "area"]


def test_a_classifier_adds_class_and_certainty(
    columns: Columns, tmp_path: Path
) -> None:
    table = complete(columns).table
    examples = {n: "bright" if n % 2 else "dark" for n in range(1, 9)}
    learnt = Classifier.learn(table, examples, columns=["k_mean"])
    write_classifier(learnt, tmp_path / "k.json")
    found = complete(columns, classify=tmp_path / "k.json").table
    assert found["class"].to_dict() == examples
    assert found["certainty"].between(0.5, 1).all()
    del columns["k_mean"]
    with pytest.raises(ValueError, match=r"classifier was made for other columns.*k_m"):
        complete(columns, classify=tmp_path / "k.json")


def test_the_limit_of_columns_counts_the_chosen_ones(discs) -> None:
    labels = discs((30, 30), [(15, 15, 5)])
    images = {f"c{n}": labels for n in range(20)}
    columns = measure_columns(labels, images)
    with pytest.raises(
        ValueError, match=r"would have 136 columns; at most 100 .*--prop"
    ):
        complete(columns)
    assert complete(columns, properties=["mean"]).table.shape == (1, 20)
    assert measure(labels, images, properties=["mean"]).shape == (1, 20)
    with pytest.raises(ValueError, match="would have 136 columns"):
        measure(labels, images)


def test_without_nuclei_there_are_empty_tables_and_counts(
    columns: Columns, tmp_path: Path
) -> None:
    empty = measure_columns(np.zeros(SHAPE, int), {"k": np.zeros(SHAPE)}, axes="YX")
    square = [[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]
    feature = {"geometry": {"type": "Polygon", "coordinates": [square]}}
    (tmp_path / "r.geojson").write_text(json.dumps({"features": [feature]}))
    done = complete(empty, threshold=("k_mean", ()), regions=tmp_path / "r.geojson")
    assert len(done.table) == 0
    assert "class" in done.table
    assert done.counts["nuclei"].tolist() == [0, 0]
    assert done.counts["share_positive"].isna().all()
    assert done.notes == (
        "There are no nuclei, and so no limit of k_mean by Otsu's method",
    )
    table = complete(columns).table
    examples = {n: "bright" if n % 2 else "dark" for n in range(1, 9)}
    learnt = Classifier.learn(table, examples, columns=["k_mean"])
    write_classifier(learnt, tmp_path / "k.json")
    assert list(complete(empty, classify=tmp_path / "k.json").table["class"]) == []


def test_pixels_without_a_value_are_counted_and_said(discs) -> None:
    labels = discs((30, 30), [(15, 15, 5)])
    image = np.where(labels > 0, 7.0, 0.0)
    image[15, 13:16] = np.nan
    done = complete(measure_columns(labels, {"k": image}))
    assert done.table.loc[1, "k_nan"] == 3
    assert done.table.loc[1, "k_mean"] == 7
    assert done.notes == ("3 pixels of k have no value (NaN) and are left out",)
