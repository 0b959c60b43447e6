"""The settings of segmentation, of the network, of augmentation and of training."""

from __future__ import annotations

from napari_nuclei.config.augment import AugmentConfig
from napari_nuclei.config.measure import MeasureConfig
from napari_nuclei.config.model import ModelConfig
from napari_nuclei.config.segment import SegmentConfig
from napari_nuclei.config.train import TrainConfig

__all__ = [
    "AugmentConfig",
    "MeasureConfig",
    "ModelConfig",
    "SegmentConfig",
    "TrainConfig",
]
