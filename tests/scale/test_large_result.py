from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.large import segment_large
from napari_nuclei.scale.large_result import LargeResult


def test_a_run_without_a_table_has_none(tmp_path: Path, segmenter: Segmenter, image):
    pytest.importorskip("zarr")
    result = segment_large(image, tmp_path / "a.zarr", model=segmenter)
    assert isinstance(result, LargeResult)
    assert result.labels == tmp_path / "a.zarr"
    assert result.table is None
    assert (result.nuclei, result.blocks, result.stack) == (3, 1, "")
