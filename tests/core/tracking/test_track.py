from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.movies.cells import MovieSettings
from napari_nuclei.core.movies.movie import synthetic_movie
from napari_nuclei.core.synthetic import synthetic_series
from napari_nuclei.core.tracking.frames import find_frames
from napari_nuclei.core.tracking.track import track, track_frames
from napari_nuclei.core.tracking.track_tables import TimeScale
from napari_nuclei.core.tracking.tracking_settings import TrackSettings


def right_links(truth, found) -> float:
    """Return the share of the true links between neighbouring frames that were found.

    Both arrays are labels numbered by track, of the same outlines.
    """
    right = total = 0
    for t in range(len(truth) - 1):
        here = [
            dict(zip(truth[s][truth[s] > 0], found[s][truth[s] > 0], strict=True))
            for s in (t, t + 1)
        ]
        both = here[0].keys() & here[1].keys()
        total += len(both)
        right += sum(here[0][one] == here[1][one] for one in both)
    return right / total


def test_the_series_of_the_sample_has_its_true_number_of_nuclei(number_anew) -> None:
    _, truth = synthetic_series((256, 256), 8)
    tracking = track(number_anew(truth))
    assert len(tracking.tracks) == len(np.unique(truth)) - 1 == 39
    assert right_links(truth, tracking.labels) == 1


@pytest.mark.parametrize(
    ("count", "settings"),
    [
        pytest.param(40, MovieSettings(division_rate=0.05), id="divisions"),
        pytest.param(40, MovieSettings(drift=(0.1, 0.6)), id="drift"),
        pytest.param(40, MovieSettings(crossing=0.25), id="crossing"),
        pytest.param(75, MovieSettings(speed=0.15), id="crowd"),
    ],
)
def test_links_of_movies_are_right(
    number_anew, count: int, settings: MovieSettings
) -> None:
    _, truth, parents = synthetic_movie(
        (160, 160), 12, count=count, seed=5, settings=settings
    )
    tracking = track(number_anew(truth))
    assert right_links(truth, tracking.labels) >= 0.99
    assert len(tracking.tracks) == pytest.approx(truth.max(), rel=0.06)
    assert tracking.n_divisions == pytest.approx(len(set(parents.values())), abs=3)


def test_the_numbers_of_frames_do_not_matter(number_anew, movie) -> None:
    labels = movie[0]
    first, second = (track(number_anew(labels, seed)).labels for seed in (1, 2))
    pairs = np.unique(np.stack([first.ravel(), second.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(first)) == len(np.unique(second))


def test_short_tracks_are_removed_if_wanted(draw_discs) -> None:
    frames = [draw_discs([(30, 30)])] * 5
    frames[2] = draw_discs([(30, 30), (10, 10)])
    movie = np.stack(frames)
    assert len(track(movie, min_frames=1).tracks) == 2
    tracking = track(movie)
    assert len(tracking.tracks) == 1
    assert tracking.labels[2, 10, 10] == 0
    assert tracking.labels[2, 30, 30] == 1


def test_labels_to_be_kept_are_neither_split_nor_removed(draw_discs) -> None:
    movie = np.stack([draw_discs([(30, 20 + t), (30, 44 - t)], 6) for t in range(9)])
    movie[5:][movie[5:] > 0] = 7  # taken for one from here on
    movie[2, 2:6, 30:34] = 9  # in one frame only
    frames, scale = find_frames(movie), TimeScale()
    found = track_frames(frames, scale)
    assert len(found.tracks) == 2
    assert not found.labels[2, 2:6, 30:34].any()
    kept = track_frames(frames, scale, TrackSettings(keep=(7, 9)))
    assert kept.labels[2, 2:6, 30:34].all()
    assert all(len(np.unique(frame)) == 2 for frame in kept.labels[5:])


def test_a_movie_without_nuclei_has_no_tracks() -> None:
    tracking = track(np.zeros((4, 20, 20), int))
    assert len(tracking.tracks) == len(tracking.nuclei) == 0
    assert tracking.labels.max() == 0
    data, graph, features = tracking.napari_tracks()
    assert data.shape == (0, 4)
    assert not graph and not len(features)


def test_frames_of_a_lazy_array_are_read_one_by_one(number_anew, movie) -> None:
    import dask.array as da

    read: list[int] = []
    labels = number_anew(movie[0])

    def note(block, block_info=None):
        if block_info:
            read.append(block_info[0]["chunk-location"][0])
        return block

    lazy = da.from_array(labels, chunks=(1, -1, -1)).map_blocks(
        note, dtype=labels.dtype
    )
    tracking = track(lazy)
    # Some are read again, where tracks begin.
    assert read[: len(labels)] == [*range(len(labels))]
    assert (np.diff(read[len(labels) :]) < 0).all()
    assert np.array_equal(tracking.labels, track(labels).labels)


def test_progress_counts_frames_and_can_cancel(movie) -> None:
    steps = []
    track(movie[0], progress=lambda done, total: steps.append((done, total)))
    assert steps == [(t, 14) for t in range(1, 15)]

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        track(movie[0], progress=stop)


def test_the_labels_are_not_changed(number_anew, movie) -> None:
    labels = number_anew(movie[0])
    before = labels.copy()
    track(labels)
    assert np.array_equal(labels, before)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pixel_size", "0.5"),
        ("z_spacing", 0),
        ("frame_interval", -1),
        ("max_distance", "far"),
        ("max_gap", 1.5),
        ("min_frames", 2.5),
        ("divisions", "no"),
        ("split_merged", None),
    ],
)
def test_bad_settings_are_named(name: str, value, movie) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be .* got {value!r}$"):
        track(movie[0], **{name: value})


def test_an_unknown_voxel_size_of_volumes_is_noted() -> None:
    volumes = np.ones((2, 3, 5, 5), int)
    with pytest.warns(ImageWarning, match="distance between slices is not stated"):
        track(volumes, axes="TZYX", pixel_size=0.5)
    track(volumes, axes="TZYX", pixel_size=0.5, z_spacing=2)


def test_a_mask_is_noted(movie) -> None:
    with pytest.warns(ImageWarning, match="All nuclei have the number 255"):
        track(np.where(movie[0] > 0, 255, 0).astype(np.uint8))


@pytest.mark.parametrize("empty", [[0], [2], [1, 2], [0, 1, 2, 3]])
def test_frames_may_be_empty(empty: list[int]) -> None:
    labels = np.zeros((4, 12, 12), np.uint16)
    labels[:, 3:8, 3:8] = 9
    labels[empty] = 0
    found = track(labels.tolist(), min_frames=1)
    assert found.labels.any(axis=(1, 2)).tolist() == [t not in empty for t in range(4)]
    assert len(found.tracks) == (len(empty) < 4)
