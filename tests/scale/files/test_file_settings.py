from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei import segment_file, segment_files, segment_large, segment_plate
from napari_nuclei.scale.files.file_settings import FileSettings


@pytest.mark.parametrize("function", [segment_file, segment_files])
def test_every_setting_is_an_argument_with_the_same_default(function) -> None:
    arguments = inspect.signature(function).parameters
    for item in fields(FileSettings):
        if item.name != "config":
            assert arguments[item.name].default == item.default


def test_a_record_leaves_out_what_does_not_change_results() -> None:
    record = FileSettings(pixel_size=0.5).as_record()
    assert record["pixel_size"] == 0.5
    assert "max_pixels" not in record


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"axes": "QQ"}, "axes must be one letter per axis, with Y and X"),
    ({"pixel_size": -1}, "pixel_size must be above 0"),
    ({"z_spacing": 0}, "z_spacing must be above 0"),
    ({"config": {"diameter": 30}}, "config must be a SegmentConfig; got"),
]


@pytest.mark.parametrize(
    "function", [segment_file, segment_files, segment_large, segment_plate]
)
@pytest.mark.parametrize(("settings", "message"), UNFIT)
def test_settings_that_fit_no_image_are_told_before_a_file_is_opened(
    tmp_path: Path, function, settings: dict[str, Any], message: str
) -> None:
    output = tmp_path / "labels.zarr"
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        function(tmp_path / "missing.zarr", output, model="missing", **settings)
    assert not output.exists()
