from __future__ import annotations

from dataclasses import astuple
from math import isnan

import pytest

from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.scale.tables.quality_columns import (
    QUALITY_COLUMNS,
    decode_quality,
    encode_quality,
)

FULL = Quality(3, 0.1 + 0.2, 0.25, 2.5, 1 / 3, 0.125, 0.75, 1.0, 2.0, 1)


def test_numbers_come_back_at_full_precision() -> None:
    cells = dict(zip(QUALITY_COLUMNS, encode_quality(FULL), strict=True))
    assert decode_quality(cells, 3) == FULL


def test_unknown_numbers_have_empty_cells() -> None:
    cells = encode_quality(Quality(0))
    assert set(cells) == {"", "0"}
    found = decode_quality(dict(zip(QUALITY_COLUMNS, cells, strict=True)), 0)
    assert found is not None
    assert all(isnan(value) for value in astuple(found)[1:-1])
    assert encode_quality(None) == [""] * len(QUALITY_COLUMNS)


@pytest.mark.parametrize("cells", [{}, {"focus": None}, {"focus": "sharp"}], ids=str)
def test_rows_without_numbers_have_no_quality(cells: dict[str, str | None]) -> None:
    assert decode_quality(cells, 3) is None
