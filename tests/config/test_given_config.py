from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_nuclei.config import SegmentConfig, TrainConfig
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter


def test_the_defaults_stand_for_none() -> None:
    assert config_or_defaults(None, SegmentConfig) == SegmentConfig()


@pytest.mark.parametrize("config", [{"diameter": 30}, TrainConfig(), SegmentConfig])
def test_settings_of_another_kind_are_refused_with_the_right_class(
    config: Any,
) -> None:
    with pytest.raises(TypeError, match="config must be a SegmentConfig; got"):
        config_or_defaults(config, SegmentConfig)
    segmenter = Segmenter(lambda tiles: tiles[..., :2], ModelCard("any"))
    with pytest.raises(TypeError, match="config must be a SegmentConfig; got"):
        segmenter.segment(np.eye(40), config=config)
