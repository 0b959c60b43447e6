from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_nuclei.core.measure import subtracted_background as module
from napari_nuclei.core.measure.nuclei import measure

LABELS = np.zeros((20, 20), int)
LABELS[5:10, 5:10] = 1
IMAGE = np.where(LABELS > 0, 50.0, 8.0)
IMAGE[:, 15:] = 2.0


def test_a_percentile_outside_nuclei_is_subtracted() -> None:
    table = measure(LABELS, {"a": IMAGE, "b": IMAGE}, background={"a": 100})
    assert table.loc[1, ["a_mean", "b_mean"]].tolist() == [42, 50]
    assert measure(LABELS, IMAGE, background=0).loc[1, "intensity_mean"] == 48


def test_the_median_of_a_region_is_subtracted() -> None:
    region = np.zeros(LABELS.shape, bool)
    region[:, 15:] = True
    table = measure(LABELS, IMAGE, background=region)
    assert table.loc[1, "intensity_mean"] == 48


def test_each_plane_has_a_background_of_its_own() -> None:
    stack = np.stack([IMAGE, IMAGE + 7])
    table = measure(np.stack([LABELS, LABELS * 2]), stack, background=50, axes="TYX")
    assert table["intensity_mean"].tolist() == [42, 42]


def test_of_a_large_image_some_pixels_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 100)
    monkeypatch.setattr(module, "BLOCK_SIDE", 6)
    table = measure(LABELS, IMAGE, background=100)
    assert table.loc[1, "intensity_mean"] == 42


BAD: list[tuple[Any, str]] = [
    (101, "percentile of 0 to 100, or a boolean region; got 101"),
    (True, "got True"),
    ("10", "got '10'"),
    (
        np.ones((3, 3), bool),
        "of the shape \\(20, 20\\) of the labels; got bool of shape",
    ),
    (np.ones((20, 20)), "must be boolean"),
    (LABELS > 0, "has no pixels outside nuclei; choose another region"),
    ({"b": 5}, "background names 'b', which is none of the images: intensity"),
]


@pytest.mark.parametrize(("background", "message"), BAD)
def test_bad_backgrounds_are_refused_in_one_line(background: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        measure(LABELS, IMAGE, background=background)
