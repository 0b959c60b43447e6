from __future__ import annotations

import numpy as np

from napari_nuclei.core.tracking.frame_nuclei import measure_frame
from napari_nuclei.core.tracking.step import Step


def test_nuclei_are_linked_where_they_are_expected(draw_discs) -> None:
    before = draw_discs([(20, 12), (20, 26), (20, 40)])
    after = draw_discs([(20, 26), (20, 40), (20, 54)])
    nuclei = measure_frame(before), measure_frame(after)
    still = Step(np.zeros((3, 2)), (0, 0), np.ones(2), 10.0)
    moving = Step(np.tile([0.0, 14.0], (3, 1)), (0, 14), np.ones(2), 10.0)
    assert still.link(before, nuclei[0], after, nuclei[1]).tolist() == [1, 2, -1]
    assert moving.link(before, nuclei[0], after, nuclei[1]).tolist() == [0, 1, 2]


def test_parts_of_a_split_label_move_as_all_nuclei_do(draw_discs) -> None:
    frame = draw_discs([(20, 12), (20, 40)])
    old = measure_frame(frame)
    step = Step(np.array([[1.0, 2.0], [3.0, 4.0]]), (5, 6), np.ones(2), 10.0)
    split = frame.copy()
    split[:20][split[:20] == 1] = 3
    split[20:][split[20:] == 1] = 4
    moves = step.renumber(old, measure_frame(split)).moves
    assert moves.tolist() == [[3, 4], [5, 6], [5, 6]]


def test_what_nuclei_move_in_common_has_no_part_along_z() -> None:
    step = Step(np.zeros((0, 3)), (5, 6), np.array([2.0, 1.0, 1.0]), 10.0)
    assert step.common.tolist() == [0, 5, 6]
