"""Corrected nuclei of an earlier result in a new run, without a window."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_nuclei import SegmentConfig
from napari_nuclei.data.corrected_nuclei import find_corrections
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.layers.layer_corrections import (
    accepted_labels,
    take_snapshot,
)
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import (
    format_summary,
    labels_layer_kwargs,
)


@pytest.fixture
def run_again(network, own_models):
    """Return a function that runs, corrects and runs again; also the corrected layer.

    `correct` changes an array of labels in place.
    """

    def run(image: Image, correct, **settings):
        source = make_image_source(image, (0,) * image.ndim)
        config = SegmentConfig(**settings)

        def segment(corrections=None):
            return segment_in_memory(
                source,
                own_models / "discs",
                config,
                lambda step: None,
                corrections=corrections,
            )

        first = segment()
        layer = Labels(first.labels.copy(), **labels_layer_kwargs(first))
        correct(layer.data)
        return layer, segment(take_snapshot(layer))

    return run


def test_corrected_nuclei_stay_and_the_table_has_them(run_again, spots) -> None:
    def correct(labels: np.ndarray) -> None:
        labels[labels == 1] = 0  # deleted
        labels[20:40, 150:200][labels[20:40, 150:200] == 3] = 0  # cut in half
        labels[55:65, 55:65] = 20  # added

    layer, run = run_again(Image(spots[0], name="cells"), correct)
    assert run.kept.corrected == (3, 20)
    assert len(run.kept.left_out) == 2
    for number in (3, 20):
        np.testing.assert_array_equal(run.labels == number, layer.data == number)
    assert not run.labels[spots[1] == 1].any()
    assert np.unique(run.labels).tolist() == [0, 1, 2, 3, 4, 5, 20]
    assert run.table.index.tolist() == [1, 2, 3, 4, 5, 20]
    assert run.table.loc[20, "area"] == 100
    assert run.nuclei == 6
    assert "Kept 2 corrected nuclei; left out 2 found in their" in format_summary(run)
    # All corrections are still corrections of the new layer.
    again = Labels(run.labels.copy(), **labels_layer_kwargs(run))
    assert accepted_labels(again.metadata) == [3, 20]
    prediction = again.metadata["napari_nuclei"]["prediction"]
    taught = find_corrections(prediction, again.data, accepted=[3, 20])
    assert taught.annotated[spots[1] == 1].all()
    assert np.unique(taught.labels).tolist() == [0, 3, 20]


def test_deletions_are_remembered_when_the_network_no_longer_finds_the_nucleus(
    run_again, spots, network
) -> None:
    image = Image(spots[0].copy(), name="cells")

    def correct(labels: np.ndarray) -> None:
        image.data[labels == 2] = 100
        labels[labels == 2] = 0

    _, run = run_again(image, correct)
    assert not run.labels[spots[1] == 2].any()
    again = Labels(run.labels.copy(), **labels_layer_kwargs(run))
    found = take_snapshot(again).find()
    np.testing.assert_array_equal(found.deleted, spots[1] == 2)


def test_a_result_without_corrections_changes_nothing(run_again, spots) -> None:
    _, run = run_again(Image(spots[0], name="cells"), lambda labels: None)
    assert run.kept is None
    assert run.nuclei == 6


def test_nuclei_of_joined_slices_are_kept_in_all_slices(run_again, spots) -> None:
    slices = np.stack([spots[0]] * 3)
    image = Image(slices, name="cells", axis_labels=("z", "y", "x"))

    def correct(labels: np.ndarray) -> None:
        labels[labels == 1] = 0
        labels[2][labels[2] == 5] = 0

    layer, run = run_again(image, correct, join="z")
    assert run.joined is not None
    assert run.kept.corrected == (5,)
    np.testing.assert_array_equal(run.labels == 5, layer.data == 5)
    assert not run.labels[:, spots[1] == 1].any()
    assert sorted(run.table.index) == [1, 2, 3, 4, 5]
    assert run.table.loc[5, "extent_z"] == 2


def test_nuclei_of_a_tracked_movie_are_kept_and_numbered_by_track(
    run_again, spots
) -> None:
    frames = np.stack([np.roll(spots[0], 2 * t, axis=1) for t in range(4)])
    image = Image(frames, name="cells", axis_labels=("t", "y", "x"))
    gone = []

    def correct(labels: np.ndarray) -> None:
        assert np.unique(labels).tolist() == [0, 1, 2, 3, 4, 5, 6]
        gone.append(labels == 1)
        labels[labels == 1] = 0  # deleted in all frames
        shrunk = labels[2] == 5
        labels[2][shrunk & (np.cumsum(shrunk, axis=1) > 9)] = 0
        labels[1, 55:65, 55:65] = 20  # added, in one frame

    layer, run = run_again(image, correct, track=True)
    number, added = (int(run.labels[layer.data == old][0]) for old in (5, 20))
    assert sorted(run.kept.corrected) == sorted([number, added])
    np.testing.assert_array_equal(run.labels == number, layer.data == 5)
    np.testing.assert_array_equal(run.labels == added, layer.data == 20)
    assert not run.labels[gone[0]].any()
    assert run.nuclei == 6
    assert run.tracked.table.groupby("t").size().tolist() == [5, 6, 5, 5]
    # What was corrected before still is, and nothing else.
    again = Labels(run.labels.copy(), **labels_layer_kwargs(run))
    found = take_snapshot(again).find()
    assert found.corrected == run.kept.corrected
    assert found.deleted[gone[0]].mean() > 0.9


def test_corrected_frames_before_tracking_are_kept_while_tracking(
    network, own_models, spots
) -> None:
    frames = np.stack([np.roll(spots[0], 2 * t, axis=1) for t in range(4)])
    image = Image(frames, name="cells", axis_labels=("t", "y", "x"))
    source = make_image_source(image, (0, 0, 0))

    def segment(corrections=None, **settings):
        return segment_in_memory(
            source,
            own_models / "discs",
            SegmentConfig(**settings),
            lambda step: None,
            corrections=corrections,
        )

    first = segment()
    layer = Labels(first.labels.copy(), **labels_layer_kwargs(first))
    number = int(layer.data[2].max())  # of one frame
    layer.data[2][np.roll(layer.data[2] == number, 3, axis=0)] = number
    run = segment(take_snapshot(layer), track=True)
    track = int(run.labels[layer.data == number][0])
    assert run.kept.corrected == (track,)
    np.testing.assert_array_equal(run.labels[2] == track, layer.data[2] == number)
    assert run.nuclei == 6
    assert all((frame == track).any() for frame in run.labels)
