from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.linking.linking_settings import LinkSettings, NucleusLimits
from napari_nuclei.core.linking.slice_linker import SliceLinker, SliceTable

SIDE = 40


def draw_outline(row: int, column: int, radius: int, number: int = 1):
    y, x = np.ogrid[:SIDE, :SIDE]
    inside = (y - row) ** 2 + (x - column) ** 2 <= radius**2
    return np.where(inside, number, 0)


def link(planes, lights=None, *, limits=None, **settings):
    settings = {"min_slices": 2, **settings}
    linker = SliceLinker(LinkSettings(**settings), limits or NucleusLimits())
    for z, plane in enumerate(planes):
        contrast = None
        if lights is not None:
            contrast = np.where(plane > 0, lights[z], 0).astype(np.float32)
        linker.add(plane, contrast)
    return linker.finish()


def numbers(linked) -> list[int]:
    return [int(table.new[0]) for table in linked.tables]


def test_slices_of_light_out_of_focus_are_cut_off() -> None:
    planes = [draw_outline(20, 20, 8)] * 9
    lights = [5, 15, 40, 90, 100, 80, 40, 12, 5]
    assert numbers(link(planes, lights)) == [0, 0, 1, 1, 1, 1, 1, 0, 0]
    assert numbers(link(planes, lights, trim=0)) == [1] * 9
    assert numbers(link(planes, lights, trim=0.5)) == [0, 0, 0, 1, 1, 1, 0, 0, 0]
    assert numbers(link(planes)) == [1] * 9


def test_nuclei_on_top_of_each_other_are_split_where_the_light_falls() -> None:
    planes = [draw_outline(20, 20, 8)] * 8
    lights = [60, 100, 60, 30, 45, 100, 90, 40]
    assert numbers(link(planes, lights)) == [1, 1, 1, 2, 2, 2, 2, 2]
    assert numbers(link(planes, lights, waist=0)) == [1] * 8


def test_nuclei_that_lie_diagonally_are_split_between_their_slices() -> None:
    first, second = draw_outline(20, 14, 8), draw_outline(20, 24, 8)
    linked = link([first, first, second, second], min_iou=0.1)
    assert numbers(linked) == [1, 1, 2, 2]


def test_limits_apply_to_the_largest_outline_of_a_nucleus() -> None:
    planes = [draw_outline(20, 20, radius) for radius in (3, 6, 3)]
    areas = [int(plane.sum()) for plane in planes]
    found = link(planes, limits=NucleusLimits(areas[1], areas[1]))
    assert numbers(found) == [1, 1, 1]
    assert found.areas.tolist() == [areas[1]]
    small = link(planes, limits=NucleusLimits(min_area=areas[1] + 1))
    assert numbers(small) == [0, 0, 0]
    assert str(small.dropped) == "1 small"
    large = link(planes, limits=NucleusLimits(max_area=areas[1] - 1))
    assert str(large.dropped) == "1 large"


def test_a_nucleus_that_the_border_cuts_in_one_slice_is_left_out_whole() -> None:
    planes = [draw_outline(20, column, 6) for column in (8, 6, 8)]
    assert numbers(link(planes)) == [1, 1, 1]
    found = link(planes, limits=NucleusLimits(drop_border=True))
    assert numbers(found) == [0, 0, 0]
    assert str(found.dropped) == "1 at the border"


@pytest.mark.parametrize("row", [20, 2], ids=["inside", "at the border"])
def test_debris_is_left_out_unless_the_border_cuts_it(row: int) -> None:
    nucleus = draw_outline(20, 12, 9)
    planes = [nucleus] + [
        nucleus + draw_outline(row, 32, 2, number=2) for _ in range(3)
    ]
    planes.append(nucleus)
    found = link(planes, [50] * 5)
    assert len(found.areas) == (1 if row == 20 else 2)
    assert found.dropped.debris == (row == 20)
    assert len(link(planes, [50] * 5, min_volume=0).areas) == 2


@pytest.mark.parametrize(
    ("light", "faint"), [(8, True), (40, False)], ids=["out of focus", "in focus"]
)
@pytest.mark.parametrize("slices", [2, 3], ids=["at the end", "inside"])
def test_light_out_of_focus_is_left_out(light: int, faint: bool, slices: int) -> None:
    nucleus = draw_outline(20, 10, 8)
    small = draw_outline(20, 32, 5, number=2)
    planes = [small] * slices + [np.zeros((SIDE, SIDE), int)] + [nucleus] * 9
    if slices == 3:
        planes = [np.zeros((SIDE, SIDE), int), *planes]
    lights = [light if (plane == 2).any() else 100 for plane in planes]
    found = link(planes, lights)
    assert len(found.areas) == (1 if faint else 2)
    assert str(found.dropped) == ("1 faint" if faint else "")
    assert len(link(planes, lights, min_light=0).areas) == 2
    assert len(link(planes).areas) == 2


def test_dim_pixels_of_a_slice_get_no_number() -> None:
    table = SliceTable(np.array([7]), np.array([3]), np.array([20.0]))
    plane = np.array([[7, 7, 0, 9]])
    contrast = np.array([[30, 10, 90, 90]], np.float32)
    assert table.numbers_of(plane, contrast).tolist() == [[3, 0, 0, 0]]
    assert table.numbers_of(plane).tolist() == [[3, 3, 0, 0]]


def test_empty_slices_hold_no_nuclei() -> None:
    linked = link([np.zeros((SIDE, SIDE), int)] * 3, [1, 1, 1])
    assert len(linked.areas) == 0
    assert [len(table.new) for table in linked.tables] == [0, 0, 0]
