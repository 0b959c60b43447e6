from __future__ import annotations

import pytest

from napari_nuclei.core.linking.linking_settings import LinkSettings


@pytest.mark.parametrize(
    "name", ["min_iou", "min_share", "waist", "trim", "min_volume", "min_light"]
)
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
    chosen = LinkSettings(anisotropy=anisotropy).chosen_for(diameter)
    assert chosen.min_slices == slices
    assert (chosen.trim > 0.3) == (chosen.waist > 0.65) == (slices == 1)
    given = LinkSettings(min_slices=3, waist=0, trim=0.9).chosen_for(diameter)
    assert (given.min_slices, given.waist, given.trim) == (3, 0, 0.9)


def test_the_anisotropy_must_be_positive() -> None:
    with pytest.raises(ValueError, match="anisotropy must be above 0; got 0"):
        LinkSettings(anisotropy=0)
