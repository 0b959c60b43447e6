from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest

from napari_nuclei.core.quality.flags import Flag
from napari_nuclei.core.quality.quality import Quality, combine_planes, share_at_border

GOOD = Quality(40, 0.5, 0.0, 30.0, 0.1, 0.2, 0.95, 1.0, 1.0, 0)

FAULTS = [
    ({"nuclei": 0}, Flag.EMPTY),
    ({"focus": 0.35}, Flag.OUT_OF_FOCUS),
    ({"saturated_share": 0.05}, Flag.SATURATED),
    ({"contrast": 3.0}, Flag.LOW_CONTRAST),
    ({"background_unevenness": 0.8}, Flag.UNEVEN_BACKGROUND),
    ({"border_share": 0.8}, Flag.CUT_BY_BORDER),
    ({"median_confidence": 0.6}, Flag.LOW_CONFIDENCE),
    ({"network_diameter": 3.0}, Flag.UNUSUAL_SIZE),
    ({"network_scale": 0.1}, Flag.UNUSUAL_SIZE),
    ({"other_object_signs": 3}, Flag.NOT_NUCLEI),
]


@pytest.mark.parametrize(("change", "flag"), FAULTS, ids=[str(c) for c, _ in FAULTS])
def test_each_number_has_its_flag(change, flag) -> None:
    assert GOOD.flags == ()
    assert replace(GOOD, **change).flags == (flag,)


@pytest.mark.parametrize("scale", [0.03, 8.0])
def test_an_empty_image_tells_of_an_unusual_size(scale: float) -> None:
    flags = Quality(0, network_scale=scale).flags
    assert flags == (Flag.EMPTY, Flag.UNUSUAL_SIZE)


def test_unknown_numbers_and_single_nuclei_at_the_border_have_no_flag() -> None:
    assert Quality(1).flags == ()
    assert replace(GOOD, nuclei=1, border_share=1.0).flags == ()


def test_focus_is_not_judged_in_heavy_noise() -> None:
    assert replace(GOOD, focus=0.2, contrast=1.0).flags == (Flag.LOW_CONTRAST,)


def test_a_stack_has_the_medians_of_planes_with_nuclei() -> None:
    planes = [Quality(), replace(GOOD, focus=0.3), GOOD, replace(GOOD, focus=0.6)]
    combined = combine_planes(planes, 99)
    assert combined == replace(GOOD, nuclei=99)
    assert combine_planes([], 0) is None
    empty = combine_planes([Quality(), Quality()], 0)
    assert empty is not None
    assert empty.flags == (Flag.EMPTY,)
    assert isnan(empty.focus)


def test_nuclei_at_the_border_are_counted_once() -> None:
    labels = np.zeros((6, 6), np.int32)
    labels[0, 0] = labels[0, 5] = labels[5, 0] = 1
    labels[3, 3] = 2
    assert share_at_border(labels, 2) == 0.5
