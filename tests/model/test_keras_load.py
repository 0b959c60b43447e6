from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from napari_nuclei.config import ModelConfig
from napari_nuclei.model import keras_load
from napari_nuclei.model.keras_load import limit_parameters, load_keras_model
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import BUNDLED, read_card, save_card
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.base_model import load_base_model

FAST = BUNDLED / "nuclei-fast"


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the configuration in a `.keras` file."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def with_a_dotted_lambda(config: dict[str, Any]) -> None:
    config["config"]["layers"][-1].update(module="keras", class_name="layers.Lambda")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Return the folder of a model with a layer that runs code; its card fits."""
    folder = tmp_path / "hostile"
    shutil.copytree(FAST, folder)
    rewrite(folder / "model.keras", with_a_dotted_lambda)
    save_card(folder, replace(read_card(folder), name="hostile", sha256={}))
    return folder


ROADS: dict[str, Callable[[Path], Any]] = {
    "loading": lambda folder: load_keras_model(folder / "model.keras"),
    "base of a training": load_base_model,
    "engine": lambda folder: load_segmenter(folder, engine="keras"),
    "initial weights": lambda folder: build_unet(
        ModelConfig(encoder_weights=str(folder / "model.keras"))
    ),
}


@pytest.mark.parametrize("load", ROADS.values(), ids=ROADS)
def test_a_file_is_checked_on_every_road(
    hostile: Path, load: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*args: Any, **options: Any) -> None:
        raise AssertionError("the file was loaded")

    monkeypatch.setattr(keras.models, "load_model", never)
    with pytest.raises(ValueError, match=r"model\.keras has the object .* of Keras"):
        load(hostile)


def test_a_damaged_file_of_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "encoder.weights.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    with pytest.raises(ValueError, match=r"encoder\.weights\.h5 has damaged weights"):
        build_unet(ModelConfig(encoder_weights=str(path)))


def test_a_file_that_differs_from_its_card_is_refused(tmp_path: Path) -> None:
    path = Path(shutil.copy(FAST / "model.keras", tmp_path))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.keras is damaged: its hash differs"):
        load_keras_model(path, read_card(FAST))


def test_a_network_with_too_many_weights_is_not_built(tmp_path: Path) -> None:
    path = Path(shutil.copy(FAST / "model.keras", tmp_path))

    def enlarge(config: dict[str, Any]) -> None:
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Conv2D":
                layer["config"]["filters"] = 10**8

    rewrite(path, enlarge)
    with pytest.raises(
        ValueError, match=r"cannot be loaded .*over 128 million weights"
    ):
        load_keras_model(path)


def test_weights_are_counted_over_the_whole_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keras_load, "MAX_PARAMETERS", 250)
    with limit_parameters():
        for _ in range(2):
            keras.layers.Dense(9).build((None, 10))  # 99 weights
        with pytest.raises(ValueError, match="too many"):
            keras.layers.Dense(9).build((None, 10))
    layer = keras.layers.Dense(9)
    layer.build((None, 10))
    assert layer(np.zeros((1, 10))).shape == (1, 9)


def test_a_bundled_network_is_loaded() -> None:
    model = load_keras_model(FAST / "model.keras", read_card(FAST))
    assert model.output_shape == (None, None, None, 4)
