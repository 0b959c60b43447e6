from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from napari_nuclei.core.axes import make_layout
from napari_nuclei.io.readers import open_image
from napari_nuclei.scale.size_limits import (
    MAX_BLOCKS,
    check_block_count,
    check_chunk_size,
)


def test_more_blocks_than_fit_into_memory_are_refused() -> None:
    side = 64 * 1000
    check_block_count(make_layout((side, side), "YX"), 64)
    with pytest.raises(ValueError, match=f"64 pixels, more than {MAX_BLOCKS:,}"):
        check_block_count(make_layout((side + 1, side), "YX"), 64)
    with pytest.raises(ValueError, match="Use larger blocks"):
        check_block_count(make_layout((10**12, 64, 64), "ZYX"), 64)


def test_only_chunks_of_files_are_bounded(tmp_path: Path) -> None:
    zarr.create_array(
        tmp_path / "a.zarr", shape=(300, 400), chunks=(300, 20), dtype="u1"
    )
    with pytest.raises(ValueError, match="chunks of 6,000 pixels, more than the limit"):
        check_chunk_size(open_image(tmp_path / "a.zarr"), 5999)
    check_chunk_size(open_image(tmp_path / "a.zarr"), 6000)
    check_chunk_size(open_image(np.zeros((300, 400))), 1)
