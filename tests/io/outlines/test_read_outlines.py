"""Labels that are written as outlines are read back as they were."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.label_files import read_labels, write_labels
from napari_nuclei.io.outlines.read_outlines import read_outlines

SUFFIXES = ("geojson", "zip")
NUMBERS = st.sampled_from([0, 0, 0, 1, 2, 5, 90000])
SIDES = st.integers(1, 9)


def round_trip(
    labels: NDArray[Any], suffix: str, axes: str | None = None, **options: Any
) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a.{suffix}")
        write_labels(labels, path, axes=axes, **options)
        return read_outlines(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(labels=arrays(np.int32, st.tuples(SIDES, SIDES), elements=NUMBERS))
def test_labels_of_a_plane_come_back_to_the_pixel(suffix, labels) -> None:
    found = round_trip(labels, suffix)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.notes == ()
    assert found.table.index.tolist() == [n for n in np.unique(labels) if n]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("axes", ["ZYX", "TYX", "PYX", "TZYX", "ZTYX", "PTYX"])
@given(data=st.data())
def test_labels_of_a_stack_come_back_to_the_pixel(suffix, axes, data) -> None:
    shape = (2, 3, 4, 5)[-len(axes) :]
    labels = data.draw(arrays(np.int32, shape, elements=NUMBERS))
    found = round_trip(labels, suffix, axes)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.axes == axes


def with_classes(table: pd.DataFrame) -> pd.DataFrame:
    names = ["positive", "negative", np.nan, "Ωther, \\quoted"]
    table["class"] = [names[n % 4] for n in range(len(table))]
    return table


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_classes_and_their_colours_come_back(suffix: str) -> None:
    image, labels = synthetic_nuclei((150, 170), seed=3)
    table = with_classes(measure(labels, {"dapi": image}, pixel_size=0.3))
    colours = {"positive": (1, 2, 3)}
    found = round_trip(labels, suffix, table=table, colours=colours)
    np.testing.assert_array_equal(found.labels, labels)
    pd.testing.assert_series_equal(found.table["class"], table["class"])
    assert found.colours["positive"] == (1, 2, 3)
    assert len(found.colours) == 3
    if suffix == "geojson":
        pd.testing.assert_frame_equal(found.table, table)


def test_the_table_of_a_stack_comes_back(discs) -> None:
    plane = discs((40, 60), [(20, 15, 8), (20, 40, 3)])
    labels = np.stack([plane, plane * 2, plane * 0])
    table = with_classes(measure(labels, labels * 2, axes="ZYX", joined=False))
    found = round_trip(labels, "geojson", "ZYX", table=table)
    pd.testing.assert_frame_equal(found.table, table)
    table = with_classes(measure(labels, labels * 2, axes="ZYX", joined=True))
    found = round_trip(labels, "geojson", "ZYX", table=table)
    pd.testing.assert_frame_equal(found.table, table)


def test_a_shape_is_needed_only_for_files_of_other_programs(tmp_path: Path) -> None:
    labels = np.zeros((30, 40), np.int32)
    labels[3:8, 5:9] = 6
    path = tmp_path / "a.geojson"
    write_labels(labels, path)
    np.testing.assert_array_equal(read_labels(path, shape=(30, 40)), labels)
    with pytest.raises(ValueError, match=r"is of an image of 30 x 40 .* not of 9 x 9"):
        read_labels(path, shape=(9, 9))
    saved_by_qupath = {"features": json.loads(path.read_text())["features"]}
    path.write_text(json.dumps(saved_by_qupath))
    np.testing.assert_array_equal(read_labels(path, shape=(30, 40)), labels)
    with pytest.warns(ImageWarning, match="does not state the size of its image"):
        found = read_labels(path)
    np.testing.assert_array_equal(found, labels[:8, :9])


def test_paths_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        read_outlines(tmp_path / "none.geojson")
    with pytest.raises(ValueError, match=r"from \.geojson or \.zip files; got a\.tif"):
        read_outlines(tmp_path / "a.tif")


def test_more_pixels_than_the_limit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "nuclei.geojson"
    write_labels(np.eye(30, dtype=int), path)
    for read in (read_outlines, read_labels):
        with pytest.raises(ValueError, match="30 x 30 pixels, more than the limit of"):
            read(path, max_pixels=899)
    assert read_labels(path, max_pixels=900).shape == (30, 30)
