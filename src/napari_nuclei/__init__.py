"""Find cell nuclei in microscope images, and learn new kinds of images.

>>> from napari_nuclei import load_segmenter
>>> labels = load_segmenter().segment(image)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari_nuclei.config import (
        AugmentConfig,
        ModelConfig,
        SegmentConfig,
        TrainConfig,
    )
    from napari_nuclei.core.segmentation import Segmentation
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.evaluation.evaluate import evaluate
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.scale.batch import segment_files
    from napari_nuclei.scale.large import segment_large
    from napari_nuclei.training.train import train

HOMES = {
    "AugmentConfig": "config",
    "ModelConfig": "config",
    "SegmentConfig": "config",
    "Segmentation": "core.segmentation",
    "Segmenter": "core.segmenter",
    "TrainConfig": "config",
    "evaluate": "evaluation.evaluate",
    "load_segmenter": "model.load",
    "segment_files": "scale.batch",
    "segment_large": "scale.large",
    "train": "training.train",
}

__all__ = [
    "AugmentConfig",
    "ModelConfig",
    "SegmentConfig",
    "Segmentation",
    "Segmenter",
    "TrainConfig",
    "evaluate",
    "load_segmenter",
    "segment_files",
    "segment_large",
    "train",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"napari_nuclei.{HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
