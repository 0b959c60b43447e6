from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model.convert import convert
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import write_card


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that labels bright pixels as nuclei."""
    image = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(2, 1, activation="sigmoid", name="output")
    model = keras.Model(image, layer(image))
    layer.set_weights([np.full((1, 1, 3, 2), 10.0), np.full(2, -15.0)])
    folder = tmp_path_factory.mktemp("models") / "bright"
    folder.mkdir()
    model.save(folder / "model.keras")
    convert(model, folder / "model.tflite", patch_size=64)
    write_card(folder, ModelCard("bright", patch_size=64))
    return folder


@pytest.mark.parametrize("engine", ["auto", "litert", "keras"])
def test_every_engine_segments(folder: Path, discs, engine: str) -> None:
    truth = discs((150, 200), [(40, 50, 10), (100, 120, 12)])
    image = np.where(truth > 0, 200, 10).astype(np.uint8)
    labels = load_segmenter(folder, engine=engine).segment(image)
    np.testing.assert_array_equal(labels > 0, truth > 0)
    assert labels.max() == 2


def test_a_model_is_loaded_by_name_or_path(folder: Path, own_models: Path) -> None:
    shutil.copytree(folder, own_models / "bright")
    for model in ("bright", str(folder), folder):
        segmenter = load_segmenter(model)
        assert isinstance(segmenter, Segmenter)
        assert segmenter.card.name == "bright"


def test_the_bundled_model_is_the_default() -> None:
    assert load_segmenter().card == load_segmenter("nuclei").card


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_can_be_chosen(folder: Path, threads: int) -> None:
    load_segmenter(folder, threads=threads)


def lacking(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def emptied(name: str) -> Callable[[Path], None]:
    return lambda folder: open(folder / name, "wb").close()


BAD: dict[str, tuple[Callable[[Path], None], dict[str, Any], str]] = {
    "unknown engine": (
        lambda folder: None,
        {"engine": "fast"},
        "engine must be one of auto, litert, onnx, keras; got 'fast'",
    ),
    "no threads": (lambda folder: None, {"threads": 0}, "threads .* at least 1; got 0"),
    "no card": (lacking("card.json"), {}, r"is not a model: it has no card\.json"),
    "no network": (lacking("model.tflite"), {}, r"copy has no model\.tflite in"),
    "no Keras file": (
        lacking("model.keras"),
        {"engine": "keras"},
        r"copy has no model\.keras in",
    ),
    "an empty network": (
        emptied("model.tflite"),
        {},
        r"model\.tflite is damaged: its hash differs from the model card",
    ),
}


@pytest.mark.parametrize(("change", "options", "message"), BAD.values(), ids=BAD)
def test_an_invalid_model_is_refused(
    folder: Path,
    tmp_path: Path,
    change: Callable[[Path], None],
    options: dict[str, Any],
    message: str,
) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    change(copy)
    with pytest.raises((OSError, ValueError), match=message):
        load_segmenter(copy, **options)


def test_a_loaded_model_is_returned_as_it_is() -> None:
    segmenter = load_segmenter("nuclei-fast")
    assert load_segmenter(segmenter) is segmenter
    assert segmenter.folder is not None
    assert segmenter.folder.name == "nuclei-fast"
