from __future__ import annotations

import pytest

from napari_nuclei.core.quality.compare_images import flag_images
from napari_nuclei.core.quality.flags import Flag
from napari_nuclei.core.quality.quality import Quality


def images(count: int, focus: float) -> list[Quality | None]:
    return [Quality(20, focus=focus + 0.01 * (n % 3)) for n in range(count)]


def test_an_image_that_is_less_sharp_than_the_others_is_out_of_focus() -> None:
    flags = flag_images([*images(20, 0.6), Quality(20, focus=0.45)])
    assert flags[-1] == (Flag.OUT_OF_FOCUS,)
    assert not any(flags[:-1])


@pytest.mark.parametrize("count", [1, 6])
def test_few_images_are_not_compared(count: int) -> None:
    assert not any(flag_images([*images(count, 0.6), Quality(20, focus=0.45)]))


def test_failed_and_empty_images_are_no_neighbours() -> None:
    flags = flag_images([None, Quality(), *images(8, 0.3)])
    assert flags[0] == ()
    assert flags[1] == (Flag.EMPTY,)
    assert flags[2:] == [(Flag.OUT_OF_FOCUS,)] * 8  # once each
