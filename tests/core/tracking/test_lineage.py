from __future__ import annotations

import io

from napari_nuclei.core.tracking.lineage import place_tracks
from napari_nuclei.core.tracking.tracking import Tracking


def test_a_mother_is_drawn_in_the_middle_of_her_daughters(movie) -> None:
    labels, parents = movie
    tracking = Tracking.from_numbers(labels, parents)
    columns = place_tracks(tracking, all_tracks=False)
    assert set(columns) == {*parents, *parents.values()}
    for mother in set(parents.values()):
        daughters = [columns[one] for one in parents if parents[one] == mother]
        assert columns[mother] == sum(daughters) / len(daughters)
    assert len({*columns.values()}) >= len(parents)


def test_nuclei_without_divisions_are_drawn_if_wanted(movie) -> None:
    tracking = Tracking.from_numbers(*movie)
    columns = place_tracks(tracking, all_tracks=True)
    assert len(columns) == len(tracking.tracks)


def test_the_picture_has_a_line_for_each_track(movie) -> None:
    tracking = Tracking.from_numbers(*movie)
    figure = tracking.draw_lineage()
    axes = figure.axes[0]
    columns = place_tracks(tracking, all_tracks=False)
    assert len(axes.collections) == len(columns) + tracking.n_divisions
    assert {text.get_text() for text in axes.texts} == {str(one) for one in columns}
    figure.savefig(io.BytesIO())


def test_a_movie_without_divisions_says_so(movie) -> None:
    tracking = Tracking.from_numbers(movie[0])
    assert tracking.draw_lineage().axes[0].get_title() == "No divisions were found"
