from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.tracking.frames import find_frames
from napari_nuclei.core.tracking.links import links_of_numbers


def make_movie():
    movie = np.zeros((4, 10, 20), int)
    movie[0, 2:6, 2:8] = 1
    movie[1, 2:6, 2:8] = 1
    movie[2:, 2:6, 2:5] = 2
    movie[2:, 2:6, 6:9] = 3
    movie[[0, 3], 2:6, 14:18] = 9  # missed in two frames
    return movie


def test_labels_numbered_by_track_give_their_links() -> None:
    links = links_of_numbers(find_frames(make_movie()), 1.0, {2: 1, 3: 1})
    tracks = links.track_numbers()
    names = links.nuclei.labels
    assert len(np.unique(tracks)) == 4
    assert all(len(np.unique(tracks[names == one])) == 1 for one in (1, 2, 3, 9))
    assert names[links.divided].tolist() == [1]
    assert links.frame[links.divided].tolist() == [1]


def test_a_division_replaces_the_link_of_the_mother() -> None:
    links = links_of_numbers(find_frames(make_movie()), 1.0, {})
    names, frame = links.nuclei.labels, links.frame
    mother = int(np.flatnonzero((names == 1) & (frame == 1))[0])
    daughters = [int(np.flatnonzero(names == one)[0]) for one in (2, 3)]
    links.join(mother, daughters[0])
    links.divide(mother, daughters)
    assert links.next[mother] == -1
    assert links.previous[daughters].tolist() == [-1, -1]
    assert links.mother[daughters].tolist() == [mother, mother]


def test_a_daughter_before_the_end_of_her_mother_is_refused() -> None:
    with pytest.raises(ValueError, match="track 9 is there in frame 3, but its daug"):
        links_of_numbers(find_frames(make_movie()), 1.0, {2: 9})
