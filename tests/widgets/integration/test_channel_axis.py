"""Images with a channel axis after others: results follow the sliders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_nuclei.widgets.contributions.napari_writers import write_csv
from napari_nuclei.widgets.layers.channel_axis import remove_channel_axis
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.train.samples_from_layers import (
    UNPAINTED_IS_BACKGROUND,
    AnnotatedImage,
    read_annotated_planes,
)
from napari_nuclei.widgets.train.uncertain_regions import (
    UncertainRegions,
    shapes_layer_kwargs,
)

TIMEOUT_MS = 60_000

MIDDLE = ("t", "c", "y", "x")


@pytest.fixture
def time_series(stack):
    """Return three time points with two channels; the first channel is fainter."""
    return np.stack([stack // 2, stack], axis=1)


def displayed(layer) -> np.ndarray:
    """Return the plane of a layer that is on the screen."""
    return np.asarray(layer._slice.image.raw)


def test_labels_and_centroids_are_shown_at_their_time_for_every_channel(
    opened, run, network, time_series, spots
) -> None:
    viewer, widget = opened(time_series, axis_labels=MIDDLE)
    widget.form.centroids.value = widget.form.probabilities.value = True
    run(widget)
    labels, points = viewer.layers["cells discs"], viewer.layers["cells centroids"]
    probability = viewer.layers["cells probability"]
    assert viewer.dims.axis_labels == MIDDLE
    for frame, truth in enumerate([spots[1], 0 * spots[1], spots[1][::-1]]):
        for channel in range(2):
            viewer.dims.set_point((0, 1), (frame, channel))
            assert np.array_equal(displayed(labels) > 0, truth > 0)
            assert np.array_equal(displayed(probability) > 0.5, truth > 0)
            assert len(points._view_indices) == (6 if truth.any() else 0)


def test_live_thresholds_redraw_labels_with_a_channel_axis_in_place(
    opened, run, results, network, time_series, qtbot
) -> None:
    viewer, widget = opened(time_series, axis_labels=MIDDLE)
    run(widget)
    (layer,) = results(viewer)
    widget.form.max_size.value = "10"
    qtbot.waitUntil(lambda: not layer.data.any(), timeout=TIMEOUT_MS)
    assert results(viewer) == [layer]


def test_the_live_view_shows_the_displayed_time_point(
    opened, network, time_series, spots, qtbot
) -> None:
    viewer, widget = opened(time_series, axis_labels=MIDDLE)
    viewer.dims.set_point((0, 1), (2, 1))
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.live_view.layer is not None, timeout=TIMEOUT_MS)
    layer = widget.live_view.layer
    assert layer.ndim == 4
    assert len(np.unique(displayed(layer))) == 7
    widget.live.native.click()


@pytest.mark.parametrize("names", [MIDDLE, ("c", "t", "y", "x")])
def test_labels_that_napari_made_for_all_channels_are_training_data(
    time_series, spots, names
) -> None:
    axis = names.index("c")
    image = Image(np.moveaxis(time_series, 1, axis), axis_labels=names)
    painted = Labels(np.zeros(image.data.shape, np.int32))
    np.moveaxis(painted.data, axis, 1)[2, 0] = spots[1][::-1]
    source = make_image_source(image, (0, 0, 0, 0))
    labels = remove_channel_axis(source, painted.data)
    (sample,) = read_annotated_planes(
        AnnotatedImage(source, labels, {}), UNPAINTED_IS_BACKGROUND
    )
    assert np.array_equal(sample.labels, spots[1][::-1])


def test_labels_of_a_run_are_training_data(
    opened, run, results, network, time_series, spots
) -> None:
    viewer, widget = opened(time_series, axis_labels=MIDDLE)
    run(widget)
    (layer,) = results(viewer)
    source = make_image_source(viewer.layers["cells"], viewer.dims.point)
    labels = remove_channel_axis(source, layer.data)
    samples = read_annotated_planes(
        AnnotatedImage(source, labels, dict(layer.metadata)), UNPAINTED_IS_BACKGROUND
    )
    assert [len(np.unique(sample.labels)) for sample in samples] == [7, 7]


def test_suggested_regions_have_the_axes_of_their_image(time_series) -> None:
    image = Image(time_series, axis_labels=MIDDLE)
    source = make_image_source(image, (0, 0, 0, 0))
    arguments = shapes_layer_kwargs(UncertainRegions(source, "discs", []))
    assert len(arguments["scale"]) == image.ndim


def test_labels_of_an_image_with_its_channels_last_lie_on_its_planes(
    opened, run, results, network, spots, tmp_path
) -> None:
    image = np.stack([spots[0]] * 5, axis=-1)
    viewer, widget = opened(image, scale=(2, 2, 1))
    assert (
        widget.status_panel.status.value == "One image of 128 x 192 pixels, channel 2."
    )
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.shape == (128, 192, 1)
    extent = viewer.layers["cells"].extent.world[:, :2]
    assert np.array_equal(layer.extent.world[:, :2], extent)
    viewer.dims.order = (2, 0, 1)
    for channel in range(5):
        viewer.dims.set_point(2, channel)
        assert np.array_equal(displayed(layer) > 0, spots[1] > 0)
    (path,) = write_csv(
        str(tmp_path / "a.csv"), layer.data, layer.as_layer_data_tuple()[1]
    )
    assert len(Path(path).read_text().splitlines()) == 7
