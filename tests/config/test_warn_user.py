from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import SegmentConfig, TrainConfig
from napari_nuclei.config.fields import rename_old_keys
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.segmenter import Segmenter

NOISE = np.random.default_rng(0).integers(1, 99, (60, 60))
LABELS = np.kron(np.arange(9).reshape(3, 3), np.ones((20, 20), int))


def segmenter() -> Segmenter:
    return Segmenter(lambda tiles: tiles[..., :2], ModelCard("any"))


CALLS: dict[str, Callable[[], object]] = {
    "the function itself": lambda: warn_user("text", UserWarning),
    "a class of settings": lambda: SegmentConfig(min_score=0.4),  # type: ignore[call-arg]
    "an attribute": lambda: SegmentConfig().min_score,  # type: ignore[attr-defined]
    "dataclasses.replace": lambda: replace(SegmentConfig(), min_score=0.4),
    "settings of a file": lambda: rename_old_keys(TrainConfig, {"norms": "keep"}),
    "a setting as keyword": lambda: segmenter().segment(np.eye(40), min_score=0.4),
    "a decorated function": lambda: measure(NOISE, LABELS),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_warning_points_at_the_code_of_the_caller(name: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CALLS[name]()
    assert caught
    assert {item.filename for item in caught} == {__file__}
