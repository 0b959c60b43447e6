from __future__ import annotations

import inspect
import json
from contextlib import closing
from dataclasses import fields

import numpy as np
import pytest

from napari_nuclei import segment_large, segment_plate
from napari_nuclei.config import SegmentConfig
from napari_nuclei.io.readers import open_image
from napari_nuclei.scale.block_settings import BlockSettings


@pytest.mark.parametrize("function", [segment_large, segment_plate])
def test_every_setting_is_an_argument_with_the_same_default(function) -> None:
    arguments = inspect.signature(function).parameters
    for item in fields(BlockSettings):
        if item.name != "config":
            assert arguments[item.name].default == item.default


def test_the_sizes_of_an_image_do_not_replace_those_that_were_set() -> None:
    with closing(open_image(np.zeros((2, 8, 8)))) as image:
        plain = BlockSettings(SegmentConfig()).with_sizes_of(image)
        assert plain.pixel_size == image.pixel_size
        settings = BlockSettings(SegmentConfig(), pixel_size=0.5, z_spacing=2.0)
        assert settings.with_sizes_of(image) == settings


def test_a_record_can_be_written_as_json() -> None:
    record = BlockSettings(SegmentConfig(), pixel_size=0.5).as_record()
    assert json.loads(json.dumps(record)) == record
    assert record["pixel_size"] == 0.5


def test_settings_that_fit_no_image_are_refused() -> None:
    with pytest.raises(ValueError, match="block must be at least 64 pixels; got 63"):
        BlockSettings(SegmentConfig(), block=63)
    with pytest.raises(ValueError, match="block by block are not tracked"):
        BlockSettings(SegmentConfig(track=True))
