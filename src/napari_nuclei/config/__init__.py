"""The settings of segmentation, of the network, of augmentation and of training."""

from __future__ import annotations

from napari_nuclei.config.augment_config import AugmentConfig
from napari_nuclei.config.measure_config import MeasureConfig
from napari_nuclei.config.model import ModelConfig
from napari_nuclei.config.segment_config import SegmentConfig
from napari_nuclei.config.train_config import TrainConfig

__all__ = [
    "AugmentConfig",
    "MeasureConfig",
    "ModelConfig",
    "SegmentConfig",
    "TrainConfig",
]
