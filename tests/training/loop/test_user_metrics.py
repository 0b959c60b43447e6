from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.config.outputs import (
    FOREGROUND,
    WEIGHT,
    batch_targets,
    channel_index,
)
from napari_nuclei.training.loop.compile import Patches
from napari_nuclei.training.loop.fit import fit
from napari_nuclei.training.loop.hooks import Hooks
from napari_nuclei.training.loop.user_metrics import foreground_metrics
from napari_nuclei.training.sampling.pyramid import SamplePyramid

CONFIG = TrainConfig(
    epochs=3, steps=2, batch=4, patch_size=32, augment=AugmentConfig.none()
)


def test_a_metric_sees_the_annotated_foreground_only() -> None:
    names = batch_targets()
    targets = np.zeros((1, 2, 2, len(names)), np.float32)
    targets[..., channel_index(names, FOREGROUND)] = [[1, 0], [1, 0]]
    targets[..., channel_index(names, WEIGHT)] = [[5, 1], [0, 0]]
    output = np.zeros((1, 2, 2, 4), np.float32)
    output[..., 0] = [[0.9, 0.8], [0.1, 0.9]]
    (metric,) = foreground_metrics([keras.metrics.BinaryAccuracy(name="right")])
    metric.update_state(targets, output)
    assert metric.name == "right"
    assert float(metric.result()) == 0.5  # one of two annotated pixels
    metric.reset_state()
    assert float(metric.result()) == 0


def test_names_and_functions_are_metrics_too() -> None:
    def mean_probability(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(y_pred)

    metrics = foreground_metrics(["AUC", mean_probability])
    assert [metric.name for metric in metrics] == ["auc", "mean_probability"]
    with pytest.raises(TypeError, match=r"names, keras\.metrics\.Metric or functions"):
        foreground_metrics([3])  # type: ignore[list-item]


class Recorder(keras.callbacks.Callback):
    def __init__(self, stop_after: int) -> None:
        super().__init__()
        self.stop_after, self.events, self.logs = stop_after, [], {}

    def on_train_begin(self, logs: Any = None) -> None:
        self.events.append("begin")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.events.append(batch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.events.append(f"epoch {epoch}")
        self.logs = logs
        self.model.stop_training = epoch + 1 >= self.stop_after

    def on_train_end(self, logs: Any = None) -> None:
        self.events.append("end")


@pytest.mark.parametrize(("stop_after", "ended"), [(2, "callback"), (9, "finished")])
def test_callbacks_follow_the_training_and_can_end_it(
    small_network: Callable[[], keras.Model],
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    stop_after: int,
    ended: str,
) -> None:
    recorder = Recorder(stop_after)
    hooks = Hooks(callbacks=[recorder], metrics=["AUC"])
    state = fit(small_network(), sources, validation, CONFIG, tmp_path, hooks=hooks)
    epochs = min(stop_after, 3)
    expected = [x for n in range(epochs) for x in (0, 1, f"epoch {n}")]
    assert recorder.events == ["begin", *expected, "end"]
    assert state.ended == ended
    assert {"loss", "iou", "auc", "val_loss", "val_auc"} <= set(recorder.logs)
    assert 0 <= state.epochs[-1].validation["auc"] <= 1
    assert "val_auc" in state.epochs[-1].as_row()
