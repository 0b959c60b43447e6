from __future__ import annotations

import pytest

from napari_nuclei.scale.files.name_pattern import NamePattern


@pytest.mark.parametrize(
    ("pattern", "name", "said", "stem"),
    [
        (
            "{well}_{field}_{channel}",
            "b7_003_DAPI.tif",
            "well B07, field 3, channel DAPI",
            "b7_003",
        ),
        ("{name}_{well}.tif", "plate 2_AA48.tif", "well AA48", "plate 2_AA48"),
        ("{row}-{column}", "B-3.png", "well B03", "B-3"),
        ("{channel}_{well}", "488_A01.ome.tif", "well A01, channel 488", "A01"),
        ("{well}_w{channel}*", "A01_w2 copy.tif", "well A01, channel w2", "A01"),
        ("{name}_z{z}_t{t}", "cells_z03_t10.tif", "z 3, t 10", "cells"),
        ("{name}.{well}", "a.b.C04.tif", "well C04", "a.b.C04"),
        ("field{field}", "field12.tif", "field 12", "field12"),
    ],
)
def test_a_name_states_its_values(
    pattern: str, name: str, said: str, stem: str
) -> None:
    found = NamePattern(pattern).match(name)
    assert found is not None
    assert (found.describe(), found.stem) == (said, stem)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{well}", "Z01.tif"),  # a plate has rows A to AF
        ("{well}", "A49.tif"),
        ("{well}_{field}", "A01.tif"),
        ("{well}_s{field}", "A01_s1_w1.tif"),
        ("a.{well}", "axA01.tif"),
    ],
)
def test_another_name_does_not_fit(pattern: str, name: str) -> None:
    assert NamePattern(pattern).match(name) is None


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{wel}", r"There is no placeholder {wel}; did you mean {well}\?"),
        ("{xyzzy}", r"There is no placeholder {xyzzy}; choose from {well}, {row}"),
        ("{well}_{well}", "The placeholder {well} appears twice in {well}_{well}"),
        ("A01_s1", "needs a placeholder, as in {well}_s{field}_w{channel}; got 'A01_"),
        ("", "needs a placeholder"),
        ("{row}_{field}", "{row}_{field} needs both {row} and {column}"),
        ("{well}_{field", "The pattern {well}_{field has an unmatched brace"),
        ("{well}}", "has an unmatched brace"),
        ("{}", "There is no placeholder {}; choose from"),
    ],
)
def test_a_wrong_pattern_gets_one_line(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NamePattern(pattern)
