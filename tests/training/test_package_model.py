from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import ModelConfig, TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.held_out import evaluate_model
from napari_nuclei.training.loop.run_folder import About
from napari_nuclei.training.loop.state import Epoch, TrainingState
from napari_nuclei.training.package_model import (
    finalize_card,
    training_record,
    write_history,
)
from napari_nuclei.training.setup import TrainingSetup


def test_the_history_has_a_row_for_each_epoch(tmp_path: Path) -> None:
    epochs = [Epoch(n, n / 3, {"loss": 1 / n}, {"loss": 2 / n}) for n in (1, 2)]
    write_history(tmp_path / "history.csv", epochs)
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [float(row["loss"]) for row in rows] == [1, 0.5]
    assert [float(row["val_loss"]) for row in rows] == [2, 1]


def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.repeat((tiles[..., :1] > 0.5).astype(np.float32), 2, axis=-1)


def nothing(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.zeros((*tiles.shape[:3], 2), np.float32)


def test_the_final_card_has_the_scores_and_the_comparison(
    make_sample: Callable[[str], Sample], tmp_path: Path
) -> None:
    samples = [make_sample("a")]
    new, old = (
        Segmenter(network, ModelCard(name, diameter=20.0, patch_size=32))
        for network, name in ((bright, "new"), (nothing, "old"))
    )
    scores, baseline = (evaluate_model(x, samples, 20.0) for x in (new, old))
    card = finalize_card(tmp_path, new, scores, samples, baseline, 20.0)
    assert card.metrics["pooled"]["f1_50"] == 1
    held_out = card.training["held_out"]
    assert (held_out["nuclei"], held_out["f1"]) == (2, 1)
    assert (held_out["base"], held_out["base_f1"]) == ("old", 0)
    assert (held_out["corrected"], held_out["added"]) == (2, 0)
    assert (tmp_path / "figures" / "held_out.png").is_file()
    assert (tmp_path / "figures" / "evaluation.csv").is_file()


def test_the_record_has_no_paths_of_this_machine(
    make_sample: Callable[[str], Sample],
) -> None:
    samples = [make_sample("a")]
    model = ModelConfig(encoder_weights="/home/me/weights.h5")
    config = replace(TrainConfig(), model=model)
    setup = TrainingSetup(samples, samples, config, None, None, None, None, None)
    state = TrainingState(step=7, ended="stopped", finetuned_weight=0.25)
    record = training_record(setup, state, About(data="mine"), 3.4)
    assert record["settings"]["model"]["encoder_weights"] == "weights.h5"
    assert (record["images"], record["nuclei"], record["seconds"]) == (1, 2, 3)
    assert (record["ended"], record["steps"], record["data"]) == ("stopped", 7, "mine")
    assert record["finetuned_weight"] == 0.25
