"""Files that are dropped on napari become layers, in a real viewer."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.label_files import write_labels
from napari_nuclei.io.outlines.read_outlines import read_outlines
from napari_nuclei.io.tables import write_table
from napari_nuclei.widgets.contributions.napari_readers import get_reader
from napari_nuclei.widgets.layers.layer_classes import CLASS_COLOURS

PLUGIN = "napari-nuclei"


@pytest.fixture
def labels(discs) -> np.ndarray:
    return discs((40, 60), [(10, 10, 6), (25, 40, 8)]) * 4


@pytest.fixture
def table(labels):
    found = measure(labels, labels * 10)
    found["class"] = ["positive", "negative"]
    return found


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what napari shows as notifications."""
    lines: list[str] = []
    for name in ("show_info", "show_error"):
        monkeypatch.setattr(f"napari.utils.notifications.{name}", lines.append)
    return lines


def without_shape(path: Path) -> Path:
    """Rewrite a file as QuPath saves it, without members that it does not know."""
    path.write_text(json.dumps({"features": json.loads(path.read_text())["features"]}))
    return path


@pytest.mark.parametrize("suffix", ["geojson", "zip"])
def test_outlines_become_labels_of_the_size_and_place_of_the_image(
    make_napari_viewer, tmp_path, labels, table, shown, suffix
) -> None:
    path = tmp_path / f"cells.{suffix}"
    write_labels(labels, path, table=table, colours={"positive": (255, 0, 0)})
    if suffix == "geojson":
        without_shape(path)
    viewer = make_napari_viewer()
    place = {"scale": (0.5, 0.5), "translate": (3, 4), "units": ("um", "um")}
    viewer.add_image(np.zeros((40, 60, 3), np.uint8), rgb=True, **place)
    (layer,) = viewer.open(path, plugin=None)  # as napari opens dropped files
    assert layer.name == "cells"
    np.testing.assert_array_equal(layer.data, labels)
    np.testing.assert_array_equal(layer.scale, (0.5, 0.5))
    np.testing.assert_array_equal(layer.translate, (3, 4))
    assert layer.features.loc[4, "class"] == "positive"
    assert layer.features["label"].tolist() == list(range(9))
    np.testing.assert_allclose(layer.colormap.map(4), (1, 0, 0, 1))
    assert layer.metadata[CLASS_COLOURS]["positive"] == (255, 0, 0)
    assert shown == []
    if suffix == "geojson":
        assert layer.features.loc[8, "intensity_mean"] == 80


def test_classes_and_colours_are_saved_again(
    make_napari_viewer, tmp_path, labels, table
) -> None:
    path = tmp_path / "cells.geojson"
    write_labels(labels, path, table=table[["class"]], colours={"negative": (1, 2, 3)})
    viewer = make_napari_viewer()
    viewer.open(path, plugin=PLUGIN)
    for name in ("again.geojson", "again.zip"):
        viewer.layers.save(str(tmp_path / name), plugin=PLUGIN)
        found = read_outlines(tmp_path / name)
        np.testing.assert_array_equal(found.labels, labels)
        assert found.table["class"].to_dict() == {4: "positive", 8: "negative"}
        assert found.colours["negative"] == (1, 2, 3)


def test_a_stack_of_one_of_several_channels_is_placed(
    make_napari_viewer, tmp_path, labels
) -> None:
    stack = np.stack([labels, labels * 2, labels * 0])
    path = tmp_path / "stack.geojson"
    write_labels(stack, path, axes="ZYX")
    viewer = make_napari_viewer()
    image = np.zeros((3, 2, 40, 60), np.uint8)
    names = ("z", "c", "y", "x")
    viewer.add_image(image, axis_labels=names, scale=(2, 1, 0.5, 0.5))
    (layer,) = viewer.open(without_shape(path), plugin=PLUGIN)
    np.testing.assert_array_equal(layer.data, stack)
    np.testing.assert_array_equal(layer.scale, (2, 0.5, 0.5))


def test_without_an_image_the_size_is_that_of_the_nuclei_and_said(
    make_napari_viewer, tmp_path, labels, shown
) -> None:
    path = tmp_path / "cells.geojson"
    write_labels(labels, path)
    viewer = make_napari_viewer()
    (layer,) = viewer.open(without_shape(path), plugin=PLUGIN)
    assert layer.data.shape == (34, 49)
    (line,) = shown
    assert line.startswith("cells.geojson does not state the size of its image")


def test_an_image_of_another_size_is_said(
    make_napari_viewer, tmp_path, labels, shown
) -> None:
    path = tmp_path / "cells.geojson"
    write_labels(labels, path)
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((50, 50)))
    (layer,) = viewer.open(path, plugin=PLUGIN)
    np.testing.assert_array_equal(layer.data, labels)
    assert shown == [
        "cells.geojson belongs to an image of 40 x 60 pixels; no such image is open"
    ]


def test_nuclei_of_another_image_are_refused_in_one_line(
    make_napari_viewer, tmp_path, labels, shown
) -> None:
    path = tmp_path / "cells.geojson"
    write_labels(np.pad(labels, ((90, 0), (0, 0))), path)
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((50, 50)))
    assert viewer.open(without_shape(path), plugin=PLUGIN) == []
    (line,) = shown
    assert line.startswith("cells.geojson has no nucleus inside the image of 50 x 50")


def test_a_table_becomes_labels_if_they_are_next_to_it_else_points(
    make_napari_viewer, tmp_path, labels, table, shown
) -> None:
    write_table(table, tmp_path / "cells_nuclei.csv")
    write_labels(labels * 2, tmp_path / "cells_labels.tif")  # of other nuclei
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((40, 60)), scale=(0.5, 0.5))
    (points,) = viewer.open(tmp_path / "cells_nuclei.csv", plugin=PLUGIN)
    centres = table[["centroid_y", "centroid_x"]].to_numpy()
    np.testing.assert_array_equal(points.data, centres)
    np.testing.assert_array_equal(points.scale, (0.5, 0.5))
    assert points.features["label"].tolist() == [4, 8]
    assert len(np.unique(points.face_color, axis=0)) == 2
    assert "has no outlines and no labels next to it" in shown[0]
    write_labels(labels, tmp_path / "cells_labels.tif")
    (layer,) = viewer.open(tmp_path / "cells_nuclei.csv", plugin=PLUGIN)
    np.testing.assert_array_equal(layer.data, labels)
    assert layer.features.loc[4, "class"] == "positive"
    np.testing.assert_array_equal(layer.scale, (0.5, 0.5))


def test_centres_of_volumes_and_slices_have_their_coordinates(
    make_napari_viewer, tmp_path, labels
) -> None:
    stack = np.stack([labels, labels, labels * 0])
    viewer = make_napari_viewer()
    volumes = measure(stack, axes="ZYX")
    write_table(volumes, tmp_path / "a_nuclei.parquet")
    (points,) = viewer.open(tmp_path / "a_nuclei.parquet", plugin=PLUGIN)
    assert points.data[:, 0].tolist() == [0.5, 0.5]
    slices = measure(stack, axes="TYX")
    write_table(slices, tmp_path / "b_nuclei.csv")
    (points,) = viewer.open(tmp_path / "b_nuclei.csv", plugin=PLUGIN)
    assert points.data[:, 0].tolist() == [0, 0, 1, 1]


def test_other_files_are_left_to_other_readers(tmp_path) -> None:
    (tmp_path / "nuclei.csv").write_text("axis-0,axis-1\n1,2\n")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    (tmp_path / "nuclei.parquet").write_bytes(b"no parquet")
    for name in ("nuclei.csv", "a.zip", "nuclei.parquet", "a.tif", "none.csv"):
        assert get_reader(str(tmp_path / name)) is None, name


@pytest.mark.parametrize("name", ["a.geojson", "a.zip"])
def test_damaged_files_get_one_line(tmp_path, shown, name) -> None:
    (tmp_path / name).write_bytes(b"PK damaged")
    read = get_reader([str(tmp_path / name)])
    assert read([str(tmp_path / name)]) == [(None,)]
    (line,) = shown
    assert line.startswith(f"{name} is not ")


def test_a_table_of_several_images_is_refused(tmp_path, table, shown) -> None:
    import pandas as pd

    path = tmp_path / "all_nuclei.csv"
    write_table(pd.concat({"a.tif": table, "b.tif": table}, names=["file"]), path)
    assert get_reader(str(path))(str(path)) == [(None,)]
    assert "has the nuclei of 2 images; open the table of one image" in shown[0]
