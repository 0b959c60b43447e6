"""Sliders that redraw the labels of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY

pytestmark = pytest.mark.usefixtures("network")

TIMEOUT_MS = 60_000


@pytest.fixture
def wait_until_measured(qtbot):
    """Return a function that waits until labels and table follow the sliders."""

    def wait(widget) -> None:
        qtbot.waitUntil(lambda: not widget.live_thresholds.busy, timeout=TIMEOUT_MS)

    return wait


def test_sliders_redraw_the_labels_in_place(
    opened, run, wait_until_measured, network, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    (layer,) = results(viewer)
    network.error = AssertionError("the network was asked again")
    widget.form.sliders.min_size.value = 400
    wait_until_measured(widget)
    assert not layer.data.any()
    assert len(layer.features) == 0
    assert widget.status_panel.status.value.startswith("No nuclei")
    assert "Left out: 6 small" in widget.status_panel.status.value
    widget.form.sliders.min_size.value = 100
    wait_until_measured(widget)
    assert layer.data.max() == 6
    assert len(layer.features) == 7  # and the background
    assert results(viewer) == [layer]
    assert layer.metadata[METADATA_KEY]["settings"]["min_size"] == 100


def test_edited_labels_stay_hidden_and_a_new_layer_is_added(
    opened, run, wait_until_measured, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    (mine,) = results(viewer)
    mine.paint((60, 60), 77)
    painted = mine.data.copy()
    widget.form.drop_border.value = True
    wait_until_measured(widget)
    widget.form.sliders.min_size.value = 5
    wait_until_measured(widget)
    first, second = results(viewer)
    np.testing.assert_array_equal(mine.data, painted)
    assert {first, second} - {mine}
    assert second.data.max() == 6
    assert 77 not in second.data
    assert not mine.visible
    assert second.visible
    message = widget.status_panel.status.value
    assert message.endswith(
        f'"{mine.name}" with your corrections is hidden and not changed; the sliders '
        f'change "{second.name}"'
    )
    assert message.startswith("6 nuclei")
    run(widget)
    message = widget.status_panel.status.value
    assert "corrections" not in message
    assert message.endswith(f'"{second.name}" from an earlier run is hidden.')


def test_sliders_of_another_image_do_not_change_the_labels(
    opened, run, wait_until_measured, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    viewer.add_image(spots[0], name="another")
    widget.form.image.value = viewer.layers["another"]
    widget.form.sliders.min_size.value = 400
    wait_until_measured(widget)
    assert results(viewer)[0].data.max() == 6


def test_a_removed_layer_is_not_relabelled(
    opened, run, wait_until_measured, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    run(widget)
    viewer.layers.remove(results(viewer)[0])
    widget.form.sliders.min_size.value = 400
    wait_until_measured(widget)
    assert not results(viewer)


@pytest.mark.parametrize("numbering", ["stack", "plane"])
def test_rows_and_labels_of_a_stack_agree_after_a_slider_moved(
    opened, run, wait_until_measured, stack, results, numbering, monkeypatch
) -> None:
    config = SegmentConfig(numbering=numbering)
    viewer, widget = opened(stack, axis_labels=("z", "y", "x"))
    widget.form.join.box.value = False
    monkeypatch.setattr(
        widget.form, "config", lambda: replace(config, **widget.form.sliders.settings())
    )
    run(widget)
    (layer,) = results(viewer)
    widget.form.sliders.min_size.value = 100
    wait_until_measured(widget)
    if numbering == "plane":
        assert [plane.max() for plane in layer.data] == [6, 0, 6]
        assert len(layer.features) == 12
        return
    assert np.unique(layer.data).tolist() == list(range(13))
    assert len(layer.features) == 13  # row 0 is the background
    for label in range(1, 13):
        row = layer.features.iloc[label]
        t, y, x = np.argwhere(layer.data == label).mean(axis=0)
        assert row["label"] == label
        assert row["area"] == (layer.data == label).sum()
        centroid = row[["centroid_y", "centroid_x"]].to_numpy(float)
        np.testing.assert_allclose(centroid, (y, x), atol=1e-3)
        assert layer.metadata[METADATA_KEY]["prediction"][int(t)].max() >= label


def test_joined_slices_follow_a_slider(
    opened, run, wait_until_measured, stack, results
) -> None:
    slices = np.stack([stack[0]] * 3)
    viewer, widget = opened(slices, axis_labels=("z", "y", "x"))
    run(widget)
    (layer,) = results(viewer)
    assert np.unique(layer.data).tolist() == list(range(7))
    assert widget.status_panel.status.value.startswith("6 nuclei in 3 slices, median")
    widget.form.areas.set_max_pixels(10)
    wait_until_measured(widget)
    assert not layer.data.any()
    widget.form.areas.set_max_pixels(None)
    wait_until_measured(widget)
    assert np.unique(layer.data).tolist() == list(range(7))
    assert layer.features["label"].tolist() == list(range(7))
    np.testing.assert_array_equal(
        layer.metadata[METADATA_KEY]["prediction"], layer.data
    )
