from __future__ import annotations

import json
from dataclasses import asdict

from napari_nuclei.training.loop.state import Epoch, TrainingState, mean_metrics


def test_a_row_has_training_and_validation_metrics() -> None:
    epoch = Epoch(2, 1.26, {"loss": 0.123456, "dice": 1.0}, {"loss": 0.5, "dice": 0.25})
    assert epoch.as_row() == {
        "epoch": 2,
        "seconds": 1.3,
        "loss": 0.12346,
        "dice": 1.0,
        "val_loss": 0.5,
        "val_dice": 0.25,
    }


def test_the_state_is_written_as_json_and_read_back() -> None:
    state = TrainingState(step=3, best_loss=0.5, epochs=[Epoch(1, 2.0, {}, {})])
    fields = json.loads(json.dumps(asdict(state)))
    fields["epochs"] = [Epoch(**epoch) for epoch in fields["epochs"]]
    assert TrainingState(**fields) == state


def test_the_mean_is_taken_of_each_metric() -> None:
    batches = [{"loss": 1.0, "iou": 0.0}, {"loss": 0.0, "iou": 0.5}]
    assert mean_metrics(batches) == {"loss": 0.5, "iou": 0.25}
