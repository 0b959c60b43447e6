from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Image, Labels, Points

from napari_nuclei import SegmentConfig, __version__
from napari_nuclei.config.outputs import FIRST_CHANNELS
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.intensity.notes import describe_steps
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.maps import FilteredLabels, OutputMaps
from napari_nuclei.core.segmentation import PlaneResult
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import table_of_plane
from napari_nuclei.widgets.segment.layer_data import (
    METADATA_KEY,
    PREDICTION,
    centroids_layer_kwargs,
    format_summary,
    labels_layer_kwargs,
    nucleus_centroids,
    run_record,
)
from napari_nuclei.widgets.segment.result import LabelsOnDisk, MeasuredPlane, RunResult


@pytest.fixture
def finished(spots):
    """Return a function that makes the finished run of an image and its labels."""

    def finish(image=spots[0], labels=spots[1], **arguments) -> RunResult:
        source = make_image_source(
            Image(image, name="cells", **arguments), (0,) * labels.ndim
        )
        card = ModelCard("m", version="2", sha256={"model.tflite": "ab"})
        run = RunResult(
            source, Segmenter(lambda tiles: tiles, card), SegmentConfig(), labels
        )
        run.seconds = 0.314
        for plane_index in source.layout.plane_indices():
            plane = run.plane_labels(plane_index)
            maps = OutputMaps(
                (plane > 0).astype(np.float32)[np.newaxis],
                plane.shape,
                1.0,
                FIRST_CHANNELS,
            )
            pixels = source.layout.read_plane(source.data, plane_index)
            height, width = plane.shape
            filtered = FilteredLabels(
                plane, DroppedCounts(), np.zeros(0, np.intp), np.zeros(0)
            )
            window = Window(0, height, 0, width)
            table = table_of_plane(
                source, PlaneResult(plane_index, window, pixels, maps, filtered)
            )
            run.planes.append(
                MeasuredPlane(
                    plane_index, maps, int(plane.max()), DroppedCounts(), table
                )
            )
        return run

    return finish


def test_a_layer_can_be_made_from_the_arguments(finished) -> None:
    run = finished(scale=(2, 3))
    layer = Labels(run.labels, **labels_layer_kwargs(run))
    assert layer.name == "cells m"
    assert layer.scale.tolist() == [2, 3]
    assert len(layer.features) == 7  # and the background


def stack_of(spots) -> tuple[np.ndarray, np.ndarray]:
    """Return a stack of two planes whose nuclei have numbers of their own."""
    image, labels = spots
    second = np.where(labels > 0, labels + labels.max(), 0)
    return np.stack([image, image * 2]), np.stack([labels, second])


def test_a_row_of_the_features_is_that_of_the_nucleus_under_the_mouse(
    finished, spots, make_napari_viewer
) -> None:
    image, labels = stack_of(spots)
    viewer = make_napari_viewer()
    layer = viewer.add_labels(labels, **labels_layer_kwargs(finished(image, labels)))
    features = layer.features
    assert features.index.tolist() == features["label"].tolist() == list(range(13))
    assert features.loc[0, "area":].isna().all()
    for label in range(1, 13):
        position = np.argwhere(labels == label)[0]
        row = features.loc[label]
        assert row["area"] == (labels == label).sum()
        assert row["z"] == position[0]
        viewer.dims.set_point(0, position[0])
        lines = layer.get_status(position)["value"]
        assert f"label: {label}" in lines
        assert f"z: {position[0]}" in lines
        assert f"intensity_mean: {4000 * (1 + position[0]):.1g}" in lines


def test_a_click_on_a_row_of_the_features_table_selects_its_nucleus(
    finished, spots, make_napari_viewer, qtbot
) -> None:
    features_table = pytest.importorskip("napari_builtins._qt.features_table")
    image, labels = stack_of(spots)
    viewer = make_napari_viewer()
    layer = viewer.add_labels(labels, **labels_layer_kwargs(finished(image, labels)))
    widget = features_table.FeaturesTable(viewer)
    qtbot.addWidget(widget)
    viewer.layers.selection = {layer}
    model = widget.table.model()
    for label in (9, 1, 12):
        widget.table.selectRow(label)
        assert layer.selected_label == label
        index = model.mapToSource(model.index(label, 0))
        assert model.sourceModel().df.iloc[index.row()]["label"] == label


def test_labels_numbered_per_plane_show_no_row(finished, spots) -> None:
    image, labels = (np.stack([part, part]) for part in spots)
    layer = Labels(labels, **labels_layer_kwargs(finished(image, labels)))
    assert len(layer.features) == 12
    position = np.argwhere(labels == 3)[0]
    assert "[No Properties]" in layer.get_status(position)["value"]


def test_the_record_says_how_to_repeat_the_run_and_can_be_saved(finished) -> None:
    run = finished(scale=(0.5, 0.5), units=("um", "um"))
    saved = json.loads(json.dumps(run_record(run)))
    record = labels_layer_kwargs(run)["metadata"][METADATA_KEY]
    assert np.array_equal(record.pop(PREDICTION), run.labels)
    assert saved == json.loads(json.dumps(record))
    assert saved["version"] == __version__
    assert saved["model_version"] == "2"
    assert saved["model_sha256"] == {"model.tflite": "ab"}
    assert saved["settings"]["tile"] == SegmentConfig().tile
    assert saved["pixel_size"] == 0.5
    assert saved["nuclei"] == 6


def test_planes_of_a_stack_are_measured_one_by_one(finished, spots) -> None:
    image = np.stack([spots[0], spots[0] * 2])
    labels = np.stack([spots[1], spots[1]])
    table = finished(image, labels).table
    assert table["z"].tolist() == [0] * 6 + [1] * 6
    assert np.allclose(
        table["intensity_mean"].iloc[6:], 2 * table["intensity_mean"].iloc[:6]
    )


@pytest.mark.parametrize(
    ("numbers", "arguments", "words"),
    [
        (6, {}, "6 nuclei, median diameter 20"),
        (1, {}, "1 nucleus, median diameter 20"),
        (0, {}, "No nuclei, 0.31\u00a0s"),
        (
            6,
            {"scale": (0.5, 0.5), "units": ("um", "um")},
            "6 nuclei, median diameter 10",
        ),
    ],
    ids=["six", "one", "none", "µm"],
)
def test_the_summary_is_plain(finished, spots, numbers, arguments, words) -> None:
    labels = np.where(spots[1] <= numbers, spots[1], 0)
    line = format_summary(finished(labels=labels, **arguments))
    assert line.startswith(words)
    assert line.endswith(", 0.31\u00a0s")
    assert ("µm" in line) == bool(arguments)


def test_the_median_diameter_is_that_of_all_planes(finished, spots) -> None:
    image, labels = (np.stack([part, part]) for part in spots)
    single, double = format_summary(finished()), format_summary(finished(image, labels))
    outlines = "12 outlines in 2 planes (not joined)"
    assert single.replace("6 nuclei", outlines) == double


def test_a_run_of_another_length_says_so(finished) -> None:
    assert format_summary(replace(finished(), seconds=12.0)).endswith("12.00\u00a0s")


def test_the_summary_counts_the_nuclei_left_out(finished) -> None:
    run = finished()
    run.planes[0] = replace(run.planes[0], dropped=DroppedCounts(small=3, border=2))
    assert format_summary(run).splitlines()[1] == "Left out: 3 small, 2 at the border"


def test_centroids_lie_in_their_nuclei(finished, spots) -> None:
    image, labels = (np.stack([part, part]) for part in spots)
    run = finished(image, labels)
    points = nucleus_centroids(run)
    assert points.shape == (12, 3)
    rounded = tuple(points.round().astype(int).T)
    assert labels[rounded].tolist() == [1, 2, 3, 4, 5, 6] * 2
    assert len(Points(points, **centroids_layer_kwargs(run)).data) == 12


def test_notes_are_in_the_summary_and_in_the_record(finished, spots) -> None:
    run = finished(np.stack([spots[0]] * 2), np.stack([spots[1]] * 2))
    run.planes[1] = replace(run.planes[1], notes=("It is noisy.",))
    assert "It is noisy. (plane 1)" in format_summary(run).splitlines()
    assert run_record(run)["notes"] == ["It is noisy. (plane 1)"]
    files = LabelsOnDisk(Path("a"), Path("a.csv"), notes=("It is dark.",))
    run.on_disk = files
    assert format_summary(run).splitlines().count("It is dark.") == 1


def test_the_note_on_a_composite_names_the_control_of_the_dock(finished) -> None:
    run = finished()
    note = describe_steps(Preparation((0.0, 1.0), channel=2))[0]
    run.planes[0] = replace(run.planes[0], notes=(note,))
    last = format_summary(run).splitlines()[-1]
    assert "Its blue channel was segmented (to choose another: Channel, above)." in last
    assert "--channel" not in last
