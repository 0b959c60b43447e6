from __future__ import annotations

import inspect
from typing import Any

import pytest

import napari_nuclei
from napari_nuclei import Segmenter
from napari_nuclei.config.keywords import suggests_keywords

FUNCTIONS = [
    name
    for name in napari_nuclei.__all__
    if inspect.isfunction(getattr(napari_nuclei, name))
]
MISSPELT = {
    "segment_file": ("chanel", "channel"),
    "segment_files": ("format", "formats"),
    "segment_large": ("blocks", "block"),
    "segment_plate": ("scheduller", "scheduler"),
    "evaluate": ("modell", "model"),
    "train": ("epoch", "epochs"),
    "read_image": ("max_pixel", "max_pixels"),
    "write_labels": ("pixelsize", "pixel_size"),
    "measure": ("rings", "ring"),
    "synthetic_nuclei": ("diametre", "diameter"),
}
DATA = {"evaluate": ("data",), "train": ("data",)}
"""Arguments without which Python does not call the function."""


@suggests_keywords
def find(image: Any, *, channel: Any = None, config: Any = None) -> tuple[Any, ...]:
    """Find nothing."""
    return image, channel, config


def test_right_keywords_reach_the_function() -> None:
    assert find(1, channel=2, config=3) == (1, 2, 3)
    assert find(image=1) == (1, None, None)
    assert str(inspect.signature(find)).startswith("(image: 'Any', *, channel")


def test_a_keyword_like_no_other_lists_them_all() -> None:
    with pytest.raises(TypeError, match="choose from image, channel, config"):
        find(1, xyz=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_public_function_answers_a_wrong_keyword_in_the_words_of_python(
    name: str,
) -> None:
    with pytest.raises(TypeError, match=f"{name} has no .* 'xyzzy'; choose from"):
        getattr(napari_nuclei, name)(*DATA.get(name, ()), xyzzy=1)


@pytest.mark.parametrize("name", MISSPELT)
def test_a_public_function_names_the_nearest_right_keyword(name: str) -> None:
    wrong, right = MISSPELT[name]
    expected = f"{name} has no .* '{wrong}'; did you mean '{right}'"
    with pytest.raises(TypeError, match=expected):
        getattr(napari_nuclei, name)(*DATA.get(name, ()), **{wrong: 1})


@pytest.mark.parametrize(
    "name", ["segment_file", "segment_files", "segment_large", "segment_plate"]
)
def test_a_setting_given_as_a_keyword_is_shown_in_its_place(name: str) -> None:
    with pytest.raises(TypeError, match=r"use config=SegmentConfig\(diameter=30\)"):
        getattr(napari_nuclei, name)("a.tif", diameter=30)


def test_the_old_name_of_a_setting_is_shown_as_its_current_one() -> None:
    message = r"'min_score'; use config=SegmentConfig\(min_confidence=0.5\)"
    with pytest.raises(TypeError, match=message):
        find(1, min_score=0.5)  # type: ignore[call-arg]


def test_the_method_run_names_the_nearest_right_keyword() -> None:
    with pytest.raises(TypeError, match="run has no argument 'axis'; did you mean"):
        Segmenter.run(None, None, axis="YX")  # type: ignore[call-arg, arg-type]


def test_old_keywords_still_work(tmp_path: Any) -> None:
    with (
        pytest.warns(DeprecationWarning, match="is now"),
        pytest.raises((OSError, ValueError), match=r"a\.tif"),
    ):
        napari_nuclei.segment_files([tmp_path / "a.tif"], table=True)  # type: ignore[call-arg]
