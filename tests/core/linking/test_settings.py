from __future__ import annotations

import pytest

from napari_nuclei.core.linking.settings import LinkSettings


@pytest.mark.parametrize("name", ["min_iou", "min_share", "waist", "trim"])
def test_shares_are_limited(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} must be 0 to 1; got 1\.5"):
        LinkSettings(**{name: 1.5})


@pytest.mark.parametrize(
    ("anisotropy", "diameter", "slices"),
    [(1, 18, 2), (4, 18, 2), (5, 18, 1), (5, 30, 2), (1, float("nan"), 2)],
)
def test_nuclei_of_few_slices_may_be_in_a_single_one(
    anisotropy: float, diameter: float, slices: int
) -> None:
    settings = LinkSettings(min_slices=None, anisotropy=anisotropy)
    assert settings.slices_needed(diameter) == slices
    assert LinkSettings(min_slices=3).slices_needed(diameter) == 3
