from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.widgets.contributions.sample_images import synthetic_time_series
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import segment_in_memory

pytestmark = pytest.mark.usefixtures("network")


@pytest.fixture
def moving(spots):
    """Return four frames of six spots that move by 2 px a frame."""
    return np.stack([np.roll(spots[0], 2 * t, axis=1) for t in range(4)])


def test_a_tracked_run_adds_its_paths(opened, run, moving) -> None:
    viewer, widget = opened(moving, axis_labels=("t", "y", "x"), scale=(1, 2, 2))
    widget.form.track.box.value = True
    assert "Nuclei are tracked" in widget.status_panel.status.value
    run(widget)
    labels, tracks = viewer.layers[1], viewer.layers["cells tracks"]
    assert np.unique(labels.data).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert widget.status_panel.status.value.startswith("6 nuclei tracked in 4 frames")
    assert len(tracks.data) == 24
    assert np.unique(tracks.data[:, 0]).tolist() == [1, 2, 3, 4, 5, 6]
    assert tracks.scale.tolist() == labels.scale.tolist() == [1, 2, 2]
    assert {"speed", "displacement", "parent"} <= {*tracks.features}
    assert tracks.features["speed"].median() == pytest.approx(2, abs=0.1)
    assert set(labels.features["track"]) == {1, 2, 3, 4, 5, 6}
    assert viewer.layers.selection.active == labels
    # The summary stays when the slider is moved.
    viewer.dims.set_point(0, 1)
    assert widget.status_panel.status.value.startswith("6 nuclei tracked in 4 frames")
    before = labels.data.copy()
    widget.form.sliders.probability.value = 0.9
    assert not widget.live_thresholds.busy
    said = "Tracks do not follow the thresholds. Press Run."
    assert widget.status_panel.status.value == said
    np.testing.assert_array_equal(labels.data, before)


def test_nuclei_that_were_split_are_measured_again(discs, network, own_models) -> None:
    frames = [
        discs((64, 96), [(32, 20 + 2 * min(t, 6), 8), (33, 66 - 4 * min(t, 6), 8)])
        for t in range(9)
    ]
    truth = np.stack(frames)
    image = np.where(truth > 0, 4000, 100).astype(np.uint16)
    layer = Image(image, axis_labels=("t", "y", "x"))
    config = SegmentConfig(diameter="native", correct=False, track=True)
    source = make_image_source(layer, (0, 0, 0))
    model = own_models / "discs"
    run = segment_in_memory(source, model, config, lambda step: None)
    assert [plane.nuclei for plane in run.planes][-1] == 1  # they touch
    table = run.tracked.table
    assert run.nuclei == 2
    assert table.groupby("t").size().tolist() == [2] * 9
    for t, frame in enumerate(run.labels):
        areas = table.loc[table["t"] == t, "area"]
        for track, area in areas.items():
            assert (frame == track).sum() == area
    assert table["confidence"].between(0.5, 1).all()
    assert table["t"].is_monotonic_increasing


def test_without_the_tick_outlines_are_counted(opened, run, moving) -> None:
    viewer, widget = opened(moving, axis_labels=("t", "y", "x"))
    run(widget)
    assert widget.status_panel.status.value.startswith(
        "24 outlines in 4 frames (not tracked)"
    )
    assert viewer.layers[1].data.max() == 24
    assert len(viewer.layers) == 2


def test_the_tick_is_shown_for_a_time_series_only(opened, moving) -> None:
    _, widget = opened(moving, axis_labels=("t", "y", "x"))
    assert not widget.form.track.box.native.isHidden()
    _, widget = opened(moving, axis_labels=("z", "y", "x"))
    assert widget.form.track.box.native.isHidden()


def test_centroids_of_tracked_nuclei_are_added(opened, run, moving) -> None:
    viewer, widget = opened(moving, axis_labels=("t", "y", "x"))
    widget.form.track.box.value = widget.form.centroids.value = True
    run(widget)
    points = viewer.layers["cells centroids"]
    assert len(points.data) == 24
    assert set(points.features["label"]) == {1, 2, 3, 4, 5, 6}


def test_the_sample_has_its_true_number_of_nuclei() -> None:
    image, truth = synthetic_time_series()
    assert image[1]["axis_labels"] == ("t", "y", "x")
    assert len(np.unique(truth[0])) - 1 == 39
