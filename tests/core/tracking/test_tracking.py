from __future__ import annotations

import numpy as np

from napari_nuclei.core.tracking.track import track
from napari_nuclei.core.tracking.tracking import Tracking


def test_tracks_of_truth_are_the_truth(movie) -> None:
    labels, parents = movie
    tracking = Tracking.from_numbers(labels, parents)
    assert np.array_equal(tracking.labels, labels)
    assert tracking.tracks["track"].tolist() == np.unique(labels)[1:].tolist()
    assert tracking.n_divisions == len(set(parents.values()))
    children = tracking.tracks.query("parent > 0")
    assert dict(zip(children["track"], children["parent"], strict=True)) == parents


def test_labels_can_be_written_over_those_that_were_tracked(number_anew, movie) -> None:
    labels = number_anew(movie[0])
    tracking = track(labels)
    expected = tracking.labels
    tracking.write_labels(labels)
    assert np.array_equal(labels, expected)


def test_a_tracks_layer_takes_the_data(number_anew, movie) -> None:
    from napari.layers import Tracks

    tracking = track(number_anew(movie[0]))
    data, graph, features = tracking.napari_tracks()
    layer = Tracks(data, graph=graph, features=features)
    assert len(graph) == 2 * tracking.n_divisions > 0
    assert layer.graph == graph
    assert np.array_equal(layer.features["t"], layer.data[:, 1])
    labels = tracking.labels
    t, y, x = np.round(data[:, 1:]).astype(int).T
    inside = labels[t, y, x] == data[:, 0]
    assert inside.mean() > 0.95  # a centroid may lie outside a bent nucleus


def test_labels_in_3d_keep_their_axes() -> None:
    volume = np.zeros((3, 4, 12, 14), int)
    for t in range(3):
        volume[t, 1:3, 3:7, 3 + t : 8 + t] = 5 + t
    tracking = track(volume, axes="TZYX", pixel_size=1, z_spacing=2)
    assert np.unique(tracking.labels).tolist() == [0, 1]
    data, _, _ = tracking.napari_tracks()
    assert data[1].tolist() == [1, 1, 1.5, 4.5, 6]
    assert tracking.tracks["path_length_um"][0] == 2


def test_the_repr_says_what_was_found(movie) -> None:
    tracking = Tracking.from_numbers(*movie)
    tracks, divisions = len(tracking.tracks), tracking.n_divisions
    assert repr(tracking) == (
        f"<Tracking: {tracks} tracks in 14 frames, {divisions} divisions>"
    )
