from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Labels

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.widgets.segment.layer_data import make_features


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def save(make_napari_viewer, tmp_path):
    """Return a function that saves labels as napari's dialog does."""

    def save_(labels, name, **arguments) -> Path:
        viewer = make_napari_viewer()
        layer = viewer.add_labels(labels, **arguments)
        (path,) = viewer.layers.save(
            str(tmp_path / name), selected=False, plugin="napari-nuclei"
        )
        assert layer.data is labels
        return Path(path)

    return save_


def test_a_table_has_a_row_for_every_nucleus(save, spots) -> None:
    table = measure(spots[1], spots[0])
    path = save(
        spots[1],
        "nuclei.csv",
        features=make_features(table),
        scale=(0.5, 0.5),
        units=("um", "um"),
    )
    rows = rows_of(path)
    assert [row["label"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert float(rows[0]["intensity_mean"]) == 4000
    assert float(rows[0]["diameter_um"]) == pytest.approx(10, abs=1)


def test_nuclei_changed_by_hand_are_measured_anew(save, spots) -> None:
    image, labels = spots
    known = make_features(measure(labels, image))
    labels[labels == 3] = 0
    labels[:5, :5] = 9
    labels[28:33, 28:33] = 0  # out of the first one
    rows = {row["label"]: row for row in rows_of(save(labels, "n.csv", features=known))}
    assert set(rows) == {"1", "2", "4", "5", "6", "9"}
    assert float(rows["9"]["area"]) == 25
    assert rows["9"]["intensity_mean"] == rows["1"]["intensity_mean"] == "nan"
    assert float(rows["2"]["intensity_mean"]) == 4000


def test_the_table_of_a_stack_names_the_frame(save, spots) -> None:
    rows = rows_of(save(np.stack([spots[1], spots[1]]), "stack.csv"))
    assert [row["plane"] for row in rows] == ["0"] * 6 + ["1"] * 6


def test_geojson_and_regions_are_written(save, spots) -> None:
    content = json.loads(save(spots[1], "nuclei.geojson").read_text())
    assert len(content["features"]) == 6
    assert save(spots[1], "nuclei.zip").stat().st_size > 500


def test_labels_without_nuclei_are_saved_too(save) -> None:
    assert rows_of(save(np.zeros((9, 9), int), "none.csv")) == []


def test_an_empty_layer_of_a_script_can_be_written(tmp_path) -> None:
    from napari_nuclei.widgets.contributions.writers import write_geojson

    data, meta, _ = Labels(np.zeros((2, 9, 9), int)).as_layer_data_tuple()
    (path,) = write_geojson(str(tmp_path / "a.geojson"), data, meta)
    assert json.loads(Path(path).read_text())["features"] == []
