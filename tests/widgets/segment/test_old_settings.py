"""Settings that earlier versions saved."""

from __future__ import annotations

import pytest

from napari_nuclei.widgets.segment.old_settings import convert_old


@pytest.mark.parametrize("page", ["probability", "splitting"])
def test_zeros_that_the_preferences_page_has_saved_are_dropped(page) -> None:
    assert convert_old({page: 0, "min_size": 0, "min_score": 0}) == {}


def test_a_zero_that_a_user_has_chosen_is_kept() -> None:
    saved = {"probability": 0.5, "splitting": -1, "min_size": 0}
    assert convert_old(saved) == {"probability": 0.5, "min_size": 0}


def test_a_region_is_not_replaced_by_a_former_one() -> None:
    saved = {"area": "this plane", "region": "visible part"}
    assert convert_old(saved) == {"region": "visible part"}
