from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from napari_nuclei import segment_file, segment_files
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
