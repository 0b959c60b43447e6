from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.tracking.track import track

BEFORE = [(32, 32, 8)]
OTHERS = [(10, 10, 6), (10, 54, 6), (54, 54, 6)]


def divide(draw_discs, daughters, frames_after: int = 4, others=OTHERS):
    """Return the tracks of a nucleus that is followed by others."""
    frames = [draw_discs([*BEFORE, *others])] * 3
    frames += [draw_discs([*daughters, *others])] * frames_after
    return track(np.stack(frames))


def test_a_mother_has_two_daughters(draw_discs) -> None:
    tracking = divide(draw_discs, [(32, 26, 5), (32, 38, 5)])
    assert tracking.n_divisions == 1
    mother = tracking.tracks.query("fate == 'divided'").iloc[0]
    daughters = tracking.tracks.query(f"parent == {mother['track']}")
    assert mother["end"] == 2
    assert daughters["start"].tolist() == [3, 3]
    assert len(tracking.tracks) == 3 + len(OTHERS)


@pytest.mark.parametrize(
    "daughters",
    [
        pytest.param([(32, 32, 8), (32, 46, 5)], id="a nucleus appears beside"),
        pytest.param([(32, 27, 7), (32, 38, 3)], id="daughters differ in size"),
        pytest.param([(32, 34, 5), (32, 47, 5)], id="both on one side"),
        pytest.param([(32, 23, 8), (32, 41, 8)], id="daughters as large as she was"),
    ],
)
def test_other_nuclei_next_to_a_nucleus_are_no_daughters(draw_discs, daughters) -> None:
    assert divide(draw_discs, daughters).n_divisions == 0


def test_a_nucleus_that_is_cut_in_two_in_one_frame_has_not_divided(draw_discs) -> None:
    frames = [draw_discs(BEFORE)] * 6
    frames[3] = draw_discs([(32, 27, 5), (32, 37, 5)])
    tracking = track(np.stack(frames))
    assert tracking.n_divisions == 0
    whole = tracking.tracks.iloc[0]
    assert (whole["start"], whole["end"]) == (0, 5)


def test_divisions_are_not_looked_for_if_unwanted(draw_discs) -> None:
    frames = [draw_discs(BEFORE)] * 3 + [draw_discs([(32, 26, 5), (32, 38, 5)])] * 4
    assert track(np.stack(frames), divisions=False).n_divisions == 0
