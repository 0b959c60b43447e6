from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.model.exports.export_formats import EXPORT_FORMATS, choose_export


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("mine.zip", None, "zip"),
        ("mine.ZIP", None, "zip"),
        ("mine.bioimageio.zip", None, "bioimageio"),
        ("mine.bioimageio.zip", "zip", "zip"),
        ("a.b.onnx", None, "onnx"),
        ("mine.savedmodel", None, "savedmodel"),
        ("mine.savedmodel", "savedmodel", "savedmodel"),
    ],
)
def test_the_end_of_the_name_chooses_the_format(
    name: str, format: str | None, expected: str
) -> None:
    chosen, path = choose_export(Path("out") / name, "mine", format)
    assert (chosen.name, path) == (expected, Path("out") / name)


@pytest.mark.parametrize("format", [None, *EXPORT_FORMATS])
def test_in_a_folder_the_file_has_the_name_of_the_model(
    tmp_path: Path, format: str | None
) -> None:
    chosen, path = choose_export(tmp_path, "mine", format)
    assert chosen.name == (format or "zip")
    assert path == tmp_path / f"mine{chosen.suffix}"


@pytest.mark.parametrize("name", ["mine", "mine.h5", "mine.keras", "mine.1", ".zip2"])
def test_another_ending_is_refused_with_the_right_ones(name: str) -> None:
    with pytest.raises(ValueError, match="does not say in which format") as caught:
        choose_export(Path(name), "mine")
    assert all(each.suffix in str(caught.value) for each in EXPORT_FORMATS.values())


def test_an_ending_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match=r"mine\.zip must end in \.onnx"):
        choose_export(Path("mine.zip"), "mine", "onnx")
    with pytest.raises(ValueError, match=r"format must be one of zip, .*; got 'onx'"):
        choose_export(Path("mine.zip"), "mine", "onx")
