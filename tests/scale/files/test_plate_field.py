from __future__ import annotations

from pathlib import Path
from typing import Any

from napari_nuclei.scale.files.plate_field import FieldResult, FieldSegmenter
from napari_nuclei.scale.large_result import LargeResult


def fail_to_read(*args: Any, **kwargs: Any) -> LargeResult:
    raise OSError("The disk is gone")


def test_a_field_that_fails_has_a_reason_and_no_labels(tmp_path: Path) -> None:
    segment_field = FieldSegmenter(tmp_path, fail_to_read, model_diameter=20.0)
    result = segment_field("A/1/0", tmp_path / "labels.zarr")
    assert result == FieldResult("A/1/0", None, "The disk is gone")


def test_a_field_with_labels_is_not_segmented_again(tmp_path: Path) -> None:
    labels = tmp_path / "labels.zarr"
    labels.mkdir()
    segment_field = FieldSegmenter(tmp_path, fail_to_read, model_diameter=20.0)
    result = segment_field("A/1/0", labels)
    assert result == FieldResult("A/1/0", None, labels=labels)
