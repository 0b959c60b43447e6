from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.block_settings import BlockSettings
from napari_nuclei.scale.files.plate_field import FieldResult, FieldSegmenter


@pytest.fixture
def segment_field(tmp_path: Path) -> FieldSegmenter:
    """Return the segmenter of a plate that lacks its fields."""
    segmenter = Segmenter(lambda tiles: tiles[..., :2], ModelCard("any"))
    return FieldSegmenter(tmp_path, segmenter, BlockSettings(SegmentConfig()))


def test_a_field_that_fails_has_a_reason_and_no_labels(
    segment_field: FieldSegmenter, tmp_path: Path
) -> None:
    result = segment_field("A/1/0", tmp_path / "labels.zarr")
    assert "A/1/0" in result.reason
    assert result == FieldResult("A/1/0", None, result.reason)


def test_a_field_with_labels_is_not_segmented_again(
    segment_field: FieldSegmenter, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.zarr"
    labels.mkdir()
    result = segment_field("A/1/0", labels)
    assert result == FieldResult("A/1/0", None, labels=labels)
