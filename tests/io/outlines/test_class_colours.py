from __future__ import annotations

import pytest

from napari_nuclei.io.outlines.class_colours import check_colour, choose_colours


def test_classes_have_usual_given_or_different_colours() -> None:
    names = ["Positive", "a", "b", "negative", "mitosis"]
    found = choose_colours(names, {"b": [1, 2, 3]})
    assert list(found) == names
    assert found["Positive"] == (200, 50, 50)
    assert found["b"] == (1, 2, 3)
    assert len(set(found.values())) == len(names)


@pytest.mark.parametrize("colour", [(1, 2), (0, 0, 256), (-1, 0, 0), "red", None])
def test_what_is_no_colour_is_refused(colour) -> None:
    with pytest.raises(ValueError, match="'a' must be red, green and blue from 0 to"):
        check_colour("a", colour)


def test_a_new_class_gets_a_colour_that_no_other_class_has() -> None:
    given = choose_colours(["b"])
    found = choose_colours(["a", "b", "c"], given)
    assert found["b"] == given["b"]
    assert len({*found.values()}) == 3
    assert len(choose_colours(str(number) for number in range(40))) == 40
