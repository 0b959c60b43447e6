from __future__ import annotations

from math import isnan
from pathlib import Path

import cv2
import numpy as np
import pytest
import zarr
from ome_zarr.writer import write_image

from napari_nuclei.core.quality.flags import Flag
from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.scale.records import field_quality
from napari_nuclei.scale.records.field_quality import (
    assess_field,
    read_field_quality,
    read_labels_of_plane,
    write_field_quality,
)

SETTINGS = {"nuclei": 9, "scale": 1.0, "model_diameter": 18.0, "axes": "CZYX"}


@pytest.fixture
def field(tmp_path: Path) -> Path:
    """Return a field of two channels and two slices; the second channel is blurred."""
    image, labels = synthetic_nuclei((200, 220), seed=3)
    blurred = cv2.GaussianBlur(image.astype("f4"), (0, 0), 4).astype(image.dtype)
    stack = np.stack([[image, image], [blurred, blurred]])
    group = zarr.open_group(tmp_path / "field.zarr", mode="w")
    write_image(stack, group, axes="czyx", scale_factors=[2])
    numbers = np.stack([labels, np.where(labels > 0, labels + 500, 0)])
    inside = group.create_group("labels/nuclei")
    write_image(numbers, inside, axes="zyx", scale_factors=[2])
    inside.attrs["ome"] = {**inside.attrs["ome"], "image-label": {}}
    return tmp_path / "field.zarr"


def test_a_field_is_measured_in_the_channel_that_was_segmented(field: Path) -> None:
    labels = field / "labels" / "nuclei"
    assert read_field_quality(labels) is None
    sharp = assess_field(field, labels, channel=0, **SETTINGS)
    assert sharp is not None
    assert sharp.flags == ()
    assert (sharp.nuclei, isnan(sharp.median_confidence)) == (9, True)
    blurred = assess_field(field, labels, channel=1, **SETTINGS)
    assert blurred is not None
    assert blurred.flags == (Flag.OUT_OF_FOCUS,)
    found = read_field_quality(labels)
    assert found is not None
    assert (found.flags, found.focus) == (blurred.flags, blurred.focus)
    stored = dict(zarr.open_group(labels, mode="r").attrs[field_quality.KEY])
    assert stored["flags"] == "out of focus"
    assert stored["median_confidence"] is None


def test_large_planes_are_not_read_again(
    field: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field_quality, "MAX_PIXELS", 1000)
    labels = field / "labels" / "nuclei"
    assert assess_field(field, labels, channel=0, **SETTINGS) is None


def test_labels_of_a_plane_are_numbered_from_one(field: Path) -> None:
    labels = field_quality.open_labels(field / "labels" / "nuclei")
    second = read_labels_of_plane(labels, (1,))
    assert second.dtype == np.int32
    numbers = np.unique(second)
    assert numbers.tolist() == list(range(len(numbers)))


def test_damaged_attributes_are_no_quality(field: Path) -> None:
    labels = field / "labels" / "nuclei"
    write_field_quality(labels, Quality(3, focus=0.5))
    assert read_field_quality(labels) is not None
    zarr.open_group(labels, mode="r+").attrs[field_quality.KEY] = "sharp"
    assert read_field_quality(labels) is None
    assert read_field_quality(labels / "missing") is None
