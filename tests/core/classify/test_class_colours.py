from __future__ import annotations

from napari_nuclei.core.classify.class_colours import GRADE_COLOURS, class_colours


def test_classes_have_different_colours_in_any_order() -> None:
    names = ["tumour", "stroma", "negative", "3+", "immune"]
    found = class_colours(names)
    assert found == class_colours(reversed(names))
    assert len(set(found.values())) == len(names)
    assert found["3+"] == GRADE_COLOURS["3+"]


def test_more_classes_than_colours_each_get_one() -> None:
    assert len(class_colours(str(number) for number in range(40))) == 40
