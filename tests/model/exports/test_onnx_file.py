from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

from napari_nuclei.model.exports.onnx_file import (
    encode_onnx,
    predict_maps,
    write_saved_model,
)
from napari_nuclei.model.keras_load import load_keras_model
from napari_nuclei.model.store import KERAS_FILE, ModelEntry, find_model


def run_onnx(content: bytes, images: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(content)
    assert [tensor.name for tensor in session.get_outputs()] == ["maps"]
    (maps,) = session.run(None, {"image": images})
    return np.asarray(maps)


@pytest.mark.slow
def test_the_bundled_network_gives_the_same_output_at_every_size(
    rng: np.random.Generator,
) -> None:
    entry = find_model("nuclei-fast")
    model = load_keras_model(entry.folder / KERAS_FILE)
    content = encode_onnx(model, entry.card)
    for shape in ((1, 128, 128, 3), (2, 96, 160, 3)):
        images = rng.random(shape, np.float32)
        expected = np.asarray(model(images, training=False))
        np.testing.assert_allclose(run_onnx(content, images), expected, atol=1e-4)


def test_a_network_of_one_size_keeps_it(entry: ModelEntry) -> None:
    card = replace(entry.card, any_size=False, patch_size=64)
    content = encode_onnx(load_keras_model(entry.folder / KERAS_FILE), card)
    (image,) = onnx.load_from_string(content).graph.input
    sizes = image.type.tensor_type.shape.dim
    assert [size.dim_param or size.dim_value for size in sizes] == ["N", 64, 64, 3]


def test_a_missing_exporter_gives_the_command_that_installs_it(
    entry: ModelEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    model = load_keras_model(entry.folder / KERAS_FILE)
    with pytest.raises(ModuleNotFoundError, match=r"'napari-nuclei\[export\]'"):
        encode_onnx(model, entry.card)


def test_a_saved_model_gives_the_output_of_the_network(
    entry: ModelEntry, tmp_path: Path, rng: np.random.Generator
) -> None:
    model = load_keras_model(entry.folder / KERAS_FILE)
    write_saved_model(model, entry.card, tmp_path / "saved")
    images = rng.random((2, 128, 128, 3), np.float32)
    serve = tf.saved_model.load(str(tmp_path / "saved")).signatures["serving_default"]
    found = serve(image=tf.constant(images))["maps"].numpy()
    np.testing.assert_allclose(found, predict_maps(model, images), atol=1e-5)
