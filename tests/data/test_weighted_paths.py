from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.data.weighted_paths import WeightedPath, parse_weighted_path


@pytest.mark.parametrize(
    ("text", "path", "weight"),
    [
        ("a", "a", 1.0),
        ("a:2", "a", 2.0),
        ("folder/a.zip:0.25", "folder/a.zip", 0.25),
        ("a:b", "a:b", 1.0),
        ("a:b:3", "a:b", 3.0),
        (":3", ":3", 1.0),
        ("C:\\data:0.5", "C:\\data", 0.5),
    ],
)
def test_the_weight_follows_the_last_colon(text: str, path: str, weight: float) -> None:
    assert parse_weighted_path(text) == WeightedPath(Path(path), weight)


def test_an_existing_folder_with_a_number_in_its_name_is_a_path(tmp_path) -> None:
    folder = tmp_path / "mix:3"
    folder.mkdir()
    assert parse_weighted_path(str(folder)) == WeightedPath(folder)


@pytest.mark.parametrize("weight", ["0", "-1", "inf", "nan"])
def test_a_weight_that_is_not_above_0_is_refused(weight: str) -> None:
    with pytest.raises(ValueError, match=r"a: The weight .* must be above 0; got"):
        parse_weighted_path(f"a:{weight}")


def test_the_home_folder_is_expanded() -> None:
    assert parse_weighted_path("~/a:2").path == Path.home() / "a"
