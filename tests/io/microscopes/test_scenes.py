from __future__ import annotations

import pytest

from napari_nuclei.io.microscopes.scenes import add_scene, number_of_scene


def test_a_name_comes_before_a_number() -> None:
    assert number_of_scene(["1", "2", "3"], "1", "a.lif") == 0
    assert number_of_scene(["1", "2", "3"], 1, "a.lif") == 1


def test_case_decides_only_between_names_that_differ_in_it() -> None:
    assert number_of_scene(["a", "A"], "A", "a.lif") == 1
    assert number_of_scene(["a", "B"], "A", "a.lif") == 0


def test_scenes_of_one_name_are_chosen_by_number() -> None:
    with pytest.raises(ValueError, match=r"has 2 scenes named A; .* number: 0, 2"):
        number_of_scene(["A", "B", "A"], "A", "a.lif")
    assert number_of_scene(["A", "B", "A"], "2", "a.lif") == 2


@pytest.mark.parametrize(
    ("scene", "stem"),
    [("..", "a_"), ("x/../y", "a_x_.._y"), ("C:\\x", "a_C__x"), ("", "a_"), (0, "a_0")],
)
def test_a_scene_never_leaves_the_folder(scene, stem) -> None:
    assert add_scene("a", scene) == stem
