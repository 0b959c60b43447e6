from __future__ import annotations

import pytest

from napari_nuclei.io.units import implausible_size_note, is_plausible_size


@pytest.mark.parametrize("per_inch", [72, 96, 150, 300, 600, 1200, 2.54])
@pytest.mark.parametrize("has_unit", [False, True])
def test_resolutions_of_print_are_not_plausible(
    per_inch: float, has_unit: bool
) -> None:
    assert not is_plausible_size(25400 / per_inch, has_unit=has_unit)


@pytest.mark.parametrize("size", [0.01, 0.108, 0.65, 1, 6.5, 20])
@pytest.mark.parametrize("has_unit", [False, True])
def test_sizes_of_microscopes_are_plausible(size: float, has_unit: bool) -> None:
    assert is_plausible_size(size, has_unit=has_unit)


@pytest.mark.parametrize("size", [0.0002, 25, 1e6])
def test_a_size_without_a_unit_must_be_that_of_a_microscope(size: float) -> None:
    assert not is_plausible_size(size, has_unit=False)


def test_the_note_states_the_size_and_the_remedy() -> None:
    note = implausible_size_note(1_000_000)
    assert "1,000,000 µm" in note or "1e+06" in note
    assert "--pixel-size" in note
