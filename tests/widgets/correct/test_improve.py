"""Improve the model in the Correct dock, and segment again."""

from __future__ import annotations

import shutil
import threading

import numpy as np
import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.evaluation.model_comparison import ModelComparison
from napari_nuclei.model.store import write_card
from napari_nuclei.training.child_process import TrainingProgress
from napari_nuclei.widgets.correct.improve import CANCELLED

TIMEOUT_MS = 60_000


@pytest.fixture
def training(own_models, network, monkeypatch):
    """Return the events and calls of a training that takes no time."""
    go_on, calls = threading.Event(), []

    def train(samples, *, name, report, stop, **options):
        calls.append({"samples": samples, "name": name, **options})
        try:
            report(TrainingProgress(3, 20, seconds=30.0))
            while not go_on.wait(0.02):
                report(TrainingProgress(3, 20, seconds=30.0))
        except Exception as error:
            calls[-1]["ended"] = type(error).__name__
            raise
        comparison = ModelComparison(
            23, 0.8, "discs", 0.71, corrected=9, added=1
        ).as_dict()
        shutil.copytree(own_models / "discs", own_models / name)
        write_card(
            own_models / name, ModelCard(name, training={"held_out": comparison})
        )
        return own_models / name

    monkeypatch.setattr("napari_nuclei.widgets.train.job.train_in_child_process", train)
    return go_on, calls


def test_a_click_trains_and_a_second_one_segments_again(
    opened, run, spots, results, training, qtbot
) -> None:
    go_on, calls = training
    viewer, segment = opened(spots[0])
    run(segment)
    (layer,) = results(viewer)
    _, dock = viewer.window.add_plugin_dock_widget("napari-nuclei", "Correct nuclei")
    section = dock.sections[0]
    status = section.status_panel
    section.start_button.native.click()
    assert "is as Segment nuclei made it" in status.status.value
    for pixel in ((30, 30), (90, 90)):
        layer.fill(pixel, 0)
    section.start_button.native.click()
    qtbot.waitUntil(lambda: "60 s left" in status.status.value, timeout=TIMEOUT_MS)
    assert not section.start_button.enabled
    section.cancel_button.native.click()
    assert not section.worker.running
    assert status.status.value == CANCELLED
    qtbot.waitUntil(lambda: calls[0].get("ended") == "Cancelled", timeout=TIMEOUT_MS)
    section.start_button.native.click()
    go_on.set()
    qtbot.waitUntil(lambda: not section.worker.running, timeout=TIMEOUT_MS)
    (_, call) = calls
    assert call["base"] == "discs"
    assert not call["samples"][0].labels.any()
    assert "F1 0.71 (discs), 0.80 (my-cells)" in status.status.value
    assert status.action_button.text == "Segment again with my-cells"
    segment.form.keep.box.value = False  # the button keeps them all the same
    status.action_button.native.click()
    qtbot.waitUntil(lambda: not segment.running, timeout=TIMEOUT_MS)
    again = results(viewer)[-1]
    assert again is not layer
    assert segment.form.model.value == "my-cells"
    assert len(np.unique(again.data)) == 5
    assert not again.data[np.isin(spots[1], (1, 5))].any()
    viewer.layers.remove(viewer.layers["cells"])
    section.segment_again(type("Trained", (), {"name": "my-cells"}))
    assert status.status.value == "The corrected image is no longer open."
