"""The preview of a large image."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.widgets.segment.block_preview import HIGHEST_NUMBER, BlockPreview


@pytest.mark.parametrize("block", [7, 32, 100])
def test_the_preview_does_not_depend_on_the_size_of_the_blocks(
    discs, monkeypatch, block
) -> None:
    monkeypatch.setattr(
        "napari_nuclei.widgets.segment.block_preview.MAX_PLANE_SIDE", 40
    )
    labels = discs((100, 130), [(20, 20, 12), (60, 70, 15), (80, 120, 8)])
    preview = BlockPreview(make_layout((2, 100, 130), "ZYX"))
    assert preview.downsampling == 4
    for top in range(0, 100, block):
        for left in range(0, 130, block):
            window = (
                slice(top, min(top + block, 100)),
                slice(left, min(left + block, 130)),
            )
            preview.add_block(preview.downsample((1,), window, labels[window]))
    np.testing.assert_array_equal(preview.labels[1] > 0, labels[2::4, 2::4] > 0)
    assert not preview.labels[0].any()


def test_nuclei_of_different_blocks_have_different_numbers() -> None:
    preview = BlockPreview(make_layout((4, 8), "YX"))
    window = np.ones((4, 4), np.int32)
    for left in (0, 4):
        block = preview.downsample((), (slice(0, 4), slice(left, left + 4)), window)
        preview.add_block(block)
    assert np.unique(preview.labels[:, :4]).tolist() == [1]
    assert np.unique(preview.labels[:, 4:]).tolist() == [2]


def test_numbers_start_again_after_the_highest() -> None:
    preview = BlockPreview(make_layout((4, 200), "YX"))
    labels = np.zeros((4, 100), np.int32)
    labels[1] = np.arange(101, 201)  # 1 to 100 have no pixel in this block
    for left in (0, 100):
        window = slice(0, 4), slice(left, left + 100)
        preview.add_block(preview.downsample((), window, labels))
    assert preview.labels.dtype == np.uint8
    expected = [
        number % HIGHEST_NUMBER + 1 for number in (*range(100, 200), *range(300, 400))
    ]
    assert preview.labels[1].tolist() == expected
    assert not preview.labels[[0, 2, 3]].any()
