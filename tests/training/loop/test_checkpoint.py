from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.training.loop.checkpoint import load_checkpoint
from napari_nuclei.training.loop.compile import Patches
from napari_nuclei.training.loop.fit import fit
from napari_nuclei.training.loop.run_folder import CHECKPOINT
from napari_nuclei.training.sampling.pyramid import SamplePyramid

Network = Callable[[], keras.Model]

CONFIG = TrainConfig(
    epochs=4,
    steps=3,
    batch=4,
    patch_size=32,
    learning_rate=1e-2,
    ema=0.5,
    augment=AugmentConfig.none(),
)


def test_a_crash_while_a_checkpoint_is_written_leaves_the_last_one(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = replace(CONFIG, epochs=1)
    fit(small_network(), sources, validation, config, tmp_path)

    def full(path: Path, **arrays: object) -> None:
        Path(path).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full)
    longer = replace(CONFIG, epochs=2)
    with pytest.raises(OSError, match="no space left"):
        fit(small_network(), sources, validation, longer, tmp_path, resume=True)
    model = small_network()
    model.compile("adamw")
    monkeypatch.undo()
    state = fit(model, sources, validation, config, tmp_path, resume=True)
    assert (state.ended, state.step) == ("finished", 3)


def test_a_missing_checkpoint_is_reported(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    with pytest.raises(FileNotFoundError, match="There is no training to resume in"):
        fit(small_network(), sources, validation, CONFIG, tmp_path, resume=True)


def test_a_checkpoint_of_another_network_is_refused(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    fit(small_network(), sources, validation, replace(CONFIG, epochs=1), tmp_path)
    image = keras.Input((None, None, 3))
    other = keras.Model(image, keras.layers.Conv2D(2, 1, name="output")(image))
    other.compile("adamw")
    other.optimizer.build(other.trainable_variables)
    with pytest.raises(ValueError, match="is of another network"):
        load_checkpoint(tmp_path, other)


def test_a_checkpoint_of_an_earlier_version_is_read(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    fit(small_network(), sources, validation, replace(CONFIG, epochs=1), tmp_path)
    with np.load(tmp_path / CHECKPOINT) as file:
        arrays = dict(file)
    state = json.loads(str(arrays["state"]))
    state["share"] = state.pop("finetuned_weight")
    state["figures"] = state.pop("batch_metrics")
    arrays["state"] = np.array(json.dumps(state))
    np.savez(tmp_path / CHECKPOINT, **arrays)
    model = small_network()
    state = fit(model, sources, validation, CONFIG, tmp_path, resume=True)
    assert (state.ended, len(state.epochs)) == ("finished", 4)


def test_a_damaged_checkpoint_says_what_to_do(
    small_network: Network,
    sources: list[SamplePyramid],
    validation: Patches,
    tmp_path: Path,
) -> None:
    model = small_network()
    fit(model, sources, validation, replace(CONFIG, epochs=1), tmp_path)
    content = (tmp_path / CHECKPOINT).read_bytes()
    for damaged in (b"", content[:-99], b"\0" * 999 + content[999:]):
        (tmp_path / CHECKPOINT).write_bytes(damaged)
        with pytest.raises(ValueError, match=r"checkpoint\.npz is damaged. Remove the"):
            load_checkpoint(tmp_path, model)
