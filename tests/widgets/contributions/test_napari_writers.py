from __future__ import annotations

import csv
import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from napari.layers import Labels
from npe2 import PluginManifest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.tables import read_table
from napari_nuclei.io.writers import WRITERS, find_writers
from napari_nuclei.widgets.contributions.napari_writers import write_layer
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


def test_edited_nuclei_are_measured_again(save, spots) -> None:
    image, labels = spots
    before = make_features(measure(labels, image))
    labels[labels == 3] = 0
    labels[:5, :5] = 9
    labels[28:33, 28:33] = 0  # out of the first one
    rows = {
        row["label"]: row for row in rows_of(save(labels, "n.csv", features=before))
    }
    assert set(rows) == {"1", "2", "4", "5", "6", "9"}
    assert float(rows["9"]["area"]) == 25
    assert rows["9"]["intensity_mean"] == rows["1"]["intensity_mean"] == "nan"
    assert float(rows["2"]["intensity_mean"]) == 4000


@pytest.mark.parametrize(
    ("arguments", "column"),
    [({}, "z"), ({"axis_labels": ("t", "y", "x")}, "t")],
    ids=["no names", "time"],
)
def test_the_table_of_a_stack_names_the_plane(save, spots, arguments, column) -> None:
    second = np.where(spots[1] > 0, spots[1] + 6, 0)
    rows = rows_of(save(np.stack([spots[1], second]), "stack.csv", **arguments))
    assert [row[column] for row in rows] == ["0"] * 6 + ["1"] * 6


def test_the_table_of_nuclei_joined_over_slices_has_volumes(save, spots) -> None:
    labels = np.stack([spots[1], spots[1]])
    before = make_features(measure(spots[1]).assign(z=0))  # of a run, not joined yet
    rows = rows_of(save(labels, "volumes.csv", features=before))
    assert [row["label"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert float(rows[0]["volume"]) == (labels == 1).sum()


def test_geojson_and_regions_are_written(save, spots) -> None:
    content = json.loads(save(spots[1], "nuclei.geojson").read_text())
    assert len(content["features"]) == 6
    assert save(spots[1], "nuclei.zip").stat().st_size > 500


def test_labels_without_nuclei_are_saved_too(save) -> None:
    assert rows_of(save(np.zeros((9, 9), int), "none.csv")) == []


def test_an_empty_layer_of_a_script_can_be_written(tmp_path) -> None:
    from napari_nuclei.widgets.contributions.napari_writers import write_geojson

    data, meta, _ = Labels(np.zeros((2, 9, 9), int)).as_layer_data_tuple()
    (path,) = write_geojson(str(tmp_path / "a.geojson"), data, meta)
    assert json.loads(Path(path).read_text())["features"] == []


def test_the_manifest_offers_the_formats_that_a_layer_can_be_saved_in() -> None:
    manifest = PluginManifest.from_distribution("napari-nuclei")
    contributed = manifest.contributions
    assert contributed.writers and contributed.commands
    assert [
        (writer.command, writer.display_name, writer.filename_extensions)
        for writer in contributed.writers
    ] == [
        (f"napari-nuclei.write_{w.name}", w.layer_title, [w.suffix])
        for w in WRITERS
        if w.layer_title is not None
    ]
    names = {command.id: command.python_name for command in contributed.commands}
    for writer in contributed.writers:
        module, _, function = str(names[writer.command]).partition(":")
        saved = getattr(import_module(module), function)
        assert saved.func is write_layer
        assert writer.command.endswith(f"write_{saved.args[0]}")


@pytest.mark.parametrize("name", ["png", "mask", "parquet"])
def test_the_files_are_those_of_the_command_line(tmp_path, spots, name) -> None:
    data, meta, _ = Labels(spots[1]).as_layer_data_tuple()
    (writer,) = find_writers([name])
    path = str(tmp_path / f"a{writer.suffix}")
    assert write_layer(name, path, data, meta) == [path]
    expected = writer.encode(LabelledImage(spots[1], make_layout(spots[1].shape)))
    assert Path(path).read_bytes() == expected


def test_a_stack_does_not_go_into_a_png(tmp_path, spots) -> None:
    data, meta, _ = Labels(np.stack([spots[1]] * 2)).as_layer_data_tuple()
    with pytest.raises(ValueError, match="The format mask holds a single plane"):
        write_layer("mask", str(tmp_path / "a.png"), data, meta)
    assert not list(tmp_path.iterdir())


def test_a_stack_with_unique_numbers_keeps_its_intensities(tmp_path, spots) -> None:
    image, labels = spots
    stack = np.stack([labels, np.where(labels > 0, labels + 6, 0)])
    table = measure(stack, np.stack([image, image * 2]), axes="ZYX")
    layer = Labels(stack, features=make_features(table))
    data, meta, _ = layer.as_layer_data_tuple()
    write_layer("csv", str(tmp_path / "a.csv"), data, meta)
    found = read_table(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(found[[*table]], table)


@pytest.mark.parametrize(
    ("chosen", "typed", "written"),
    [
        ("csv", "a", "a.csv"),
        ("geojson", "plate 1.5", "plate 1.5.geojson"),
        ("geojson", "a.csv", "a.csv"),
        ("csv", "a_mask.png", "a_mask.png"),
        ("mask", "a.png", "a.png"),
        ("csv", "A.CSV", "A.CSV"),
    ],
)
def test_the_typed_suffix_decides_and_a_missing_one_is_added(
    tmp_path, spots, chosen, typed, written
) -> None:
    data, meta, _ = Labels(spots[1]).as_layer_data_tuple()
    assert write_layer(chosen, str(tmp_path / typed), data, meta) == [
        str(tmp_path / written)
    ]
    assert [path.name for path in tmp_path.iterdir()] == [written]
    content = (tmp_path / written).read_bytes()
    starts = {".csv": b"label,", ".png": b"\x89PNG", ".geojson": b"{"}
    assert content.startswith(starts[Path(written).suffix.lower()])


def test_a_file_that_the_dialog_did_not_ask_about_is_not_replaced(
    tmp_path, spots
) -> None:
    data, meta, _ = Labels(spots[1]).as_layer_data_tuple()
    (tmp_path / "a.csv").write_text("my notes")
    with pytest.raises(FileExistsError, match="Type its whole name to replace it"):
        write_layer("csv", str(tmp_path / "a"), data, meta)
    assert (tmp_path / "a.csv").read_text() == "my notes"


@pytest.mark.parametrize("typed", ["a.tif", "a.npy", "a.jpg", "a.zarr"])
def test_a_suffix_of_another_kind_is_refused(tmp_path, spots, typed) -> None:
    data, meta, _ = Labels(spots[1]).as_layer_data_tuple()
    with pytest.raises(ValueError, match=f"{typed} does not end in .csv. Choose"):
        write_layer("csv", str(tmp_path / typed), data, meta)
    assert not list(tmp_path.iterdir())


def test_the_types_of_the_dialog_read_well() -> None:
    from napari.plugins._npe2 import file_extensions_string_for_layers

    types, _ = file_extensions_string_for_layers([Labels(np.ones((4, 4), int))])
    assert "Nuclei as a table (CSV) (*.csv)" in types.split(";;")
    assert "Nuclei Nuclei" not in types
