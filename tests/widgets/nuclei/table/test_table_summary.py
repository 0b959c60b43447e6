from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.nuclei.table.table_summary import describe_table
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(model) -> TableSession:
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [model.layers["dapi"]])
    return session


def test_the_summary_counts_and_measures(session) -> None:
    text = describe_table(session).replace("\u00a0", " ")
    assert text.startswith("6 nuclei, median area ") and text.endswith(" px²")
    session.set_filter("label > 2")
    session.select([3])
    assert describe_table(session).endswith("; 4 shown; 1 selected")


def test_sizes_are_in_micrometres_if_the_layer_says_so(session) -> None:
    session.labels_layer.units = ("um", "um")
    assert describe_table(session).endswith("µm²")


def test_missing_values_are_counted(model) -> None:
    image = model.layers["dapi"]
    image.data[28:30, 28:30] = np.nan
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [image])
    line = "dapi: 4 pixels without a value (NaN) were left out"
    assert describe_table(session).endswith(line)


def test_empty_labels_are_said(session) -> None:
    session.labels_layer.data = np.zeros_like(session.labels_layer.data)
    assert describe_table(session).startswith("No nuclei")
    session.set_layers(None)
    assert describe_table(session).startswith("Choose a Labels layer")


def test_a_stack_is_counted_in_outlines(model, channels) -> None:
    labels, _ = channels
    layer = model.add_labels(np.stack([labels, np.where(labels, labels + 6, 0)]))
    session = TableSession(model)
    session.set_layers(layer)
    assert "12 outlines in 2 slices (not joined)" in describe_table(session)


def test_a_mask_of_classes_is_noted(model, channels) -> None:
    labels, _ = channels
    layer = model.add_labels(np.where(labels, 1 + labels % 2, 0))
    session = TableSession(model)
    session.set_layers(layer)
    assert "Number the nuclei first" in describe_table(session)


def test_tracked_nuclei_are_counted_once(model, channels) -> None:
    labels, _ = channels
    layer = model.add_labels(np.stack([labels, labels]))
    layer.axis_labels = ("t", "y", "x")
    layer.metadata["napari_nuclei"] = {"settings": {"track": True}}
    session = TableSession(model)
    session.set_layers(layer)
    assert describe_table(session).startswith("6 nuclei tracked in 2 frames, median")
