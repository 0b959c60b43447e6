"""Runs whose slices are joined, without a window."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.core.matching import count_objects
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import relabel, segment_in_memory
from napari_nuclei.widgets.segment.joining.join_slices import rejoin
from napari_nuclei.widgets.segment.layer_data import (
    format_summary,
    make_features,
    nucleus_centroids,
    run_record,
)
from napari_nuclei.widgets.segment.result import RunResult
from napari_nuclei.widgets.segment.run_code import command_line, python_code
from napari_nuclei.widgets.shared.thread_progress import Cancelled, Progress

JOIN = SegmentConfig(diameter="native", join="z", correct=False)
CENTRES = [(5, 30, 40), (6, 80, 100)]


@pytest.fixture
def truth():
    z, y, x = np.ogrid[:12, :120, :140]
    labels = np.zeros((12, 120, 140), np.int32)
    for number, (cz, cy, cx) in enumerate(CENTRES, 1):
        square = ((z - cz) * 2.5) ** 2 + (y - cy) ** 2 + (x - cx) ** 2
        labels[square <= 100] = number
    return labels


@pytest.fixture
def layer(truth):
    image = np.where(truth > 0, 250, 10).astype(np.uint8)
    units = ("um", "um", "um")
    return Image(
        image, axis_labels=("z", "y", "x"), scale=(2.5, 1.0, 1.0), units=units, name="a"
    )


@pytest.fixture
def model(network, own_models):
    return own_models / "discs"


def run_of(layer, model, report=lambda step: None, config=JOIN) -> RunResult:
    started = []

    def note_run(step) -> None:
        if step.value is not None:
            started.append(step.value)
        report(step)

    source = make_image_source(layer, (0, 0, 0))
    try:
        return segment_in_memory(source, model, config, note_run)
    except Cancelled:
        return started[0]


def test_a_run_has_one_row_and_one_number_per_nucleus(layer, model, truth) -> None:
    run = run_of(layer, model)
    assert count_objects(truth, run.labels, [0.8])[0].tp == 2
    assert run.nuclei == 2
    assert format_summary(run).startswith("2 nuclei in 12 slices, median diameter")
    assert make_features(run.table)["label"].tolist() == [0, 1, 2]
    assert run.table["volume_um3"].median() == pytest.approx(4189, rel=0.1)
    assert run.table["confidence"].between(0.5, 1).all()
    found = nucleus_centroids(run)
    assert np.abs(found - np.array(CENTRES)).max() < 0.5


def test_the_record_repeats_the_run(layer, model) -> None:
    record = run_record(run_of(layer, model))
    command = command_line(record)
    assert "--join z" in command
    assert "--z-spacing 2.5" in command
    code = python_code(record)
    assert "join='z'" in code
    assert "z_spacing=2.5" in code
    assert "axes='ZYX'" in code


def test_new_limits_join_again(layer, model) -> None:
    run = run_of(layer, model)
    config = SegmentConfig(diameter="native", join="z", correct=False, max_size=50)
    steps: list[Progress] = []
    rejoined = rejoin(run, relabel(run, config, steps.append), config, steps.append)
    assert len(rejoined.joined.table) == 0
    assert rejoined.joined.dropped.large == 2
    assert not any(labels.any() for labels in rejoined.labels.values())
    assert len(rejoined.planes) == len(rejoined.labels) == 12
    again = rejoin(run, relabel(run, JOIN, steps.append), JOIN, steps.append)
    for index, labels in again.labels.items():
        np.testing.assert_array_equal(labels, run.plane_labels(index))


def test_joining_can_be_cancelled(layer, model) -> None:
    def cancel(step: Progress) -> None:
        if step.message == "Joining slices":
            raise Cancelled

    run = run_of(layer, model, cancel)
    assert run.joined is None
    assert len(run.planes) == 12
