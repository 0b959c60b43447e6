"""Settings, scores and tables for the scripts that fine-tune models."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.held_out import evaluate_model
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.training.setup import median_diameter


def fine_tuning(budget: float | None, steps: int | None) -> TrainConfig:
    """Return settings for fine-tuning, limited by time or by a number of steps."""
    tune = TrainConfig.fine_tuning(budget=budget)
    if not steps:
        return tune
    epochs = max(1, round(steps / (tune.steps or 1)))
    return replace(tune, budget=None, epochs=epochs)


def f1(model: str, samples: Sequence[Sample]) -> float:
    """Return the pooled F1 at an IoU of 0.5, with the diameter of the nuclei given."""
    return evaluate_model(load_segmenter(model), samples, median_diameter(samples)).f1


def write_rows(path: Path, rows: Sequence[dict[str, object]]) -> None:
    """Write a CSV file; all rows have the same columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
