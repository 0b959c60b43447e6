from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import measure
from napari_nuclei.config import MeasureConfig
from napari_nuclei.scale.tables.possible_columns import PossibleColumns, check_columns


@pytest.mark.parametrize("joined", [False, True])
def test_every_column_of_a_table_is_possible(discs, joined: bool) -> None:
    plane = discs((60, 90), [(20, 20, 8), (40, 60, 8)])
    labels = np.stack([plane, plane])
    stain = np.stack([np.stack([plane] * 3, axis=-1)] * 2).astype(np.uint8) * 90
    values: NDArray[np.float32] = labels.astype(np.float32)
    values[0, 20, 20] = np.nan
    table = measure(
        labels,
        {"he.1": stain, "k_0": values},
        foreground=labels / 2,
        pixel_size=(1.0, 0.5, 0.5),
        ring=(1, 3),
        stains=["dab"],
        axes="ZYX",
        joined=joined,
    )
    config = MeasureConfig(ring=(1, 3), stains=("dab",))
    for known in (joined, None):
        possible = PossibleColumns.of_settings(config, ["he.1", "k"], joined=known)
        assert [name for name in table if name not in possible] == []


def test_other_names_are_not_possible() -> None:
    possible = PossibleColumns(("he.1",), joined=False)
    for name in ("he_1_mean", "he.1_ring_mean", "he.1_dab_mean", "volume", "class", 3):
        assert name not in possible
    check_columns(MeasureConfig(properties="mean"), possible)
