from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from napari_nuclei.config import ModelConfig
from napari_nuclei.model import convert as module
from napari_nuclei.model.convert import convert, convert_to_int8, save_inference_model
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.model.unet import build_unet


def small(inputs: int = 3, side: int | None = None) -> keras.Model:
    image = keras.Input((side, side, inputs))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    output = keras.layers.Conv2D(1, 1, activation="sigmoid")(x)
    return keras.Model(image, output)


def test_a_saved_model_is_small_and_opens_with_plain_keras(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    model = small()
    model.compile("adam", "mse")
    model.fit(rng.random((1, 8, 8, 3)), np.ones((1, 8, 8, 1)), verbose=0)
    save_inference_model(model, tmp_path / "plain.keras")
    model.save(tmp_path / "whole.keras")
    sizes = [(tmp_path / f"{x}.keras").stat().st_size for x in ("plain", "whole")]
    assert sizes[0] < 0.7 * sizes[1]
    opened = keras.models.load_model(tmp_path / "plain.keras", safe_mode=True)
    assert not opened.compiled
    tiles = rng.random((2, 8, 8, 3), np.float32)
    np.testing.assert_array_equal(opened(tiles), model(tiles))


@pytest.mark.parametrize("inputs", [1, 3])
@pytest.mark.parametrize(("side", "patch"), [(None, 64), (48, 48), (100, 100)])
def test_a_converted_network_gives_what_the_original_gives(
    tmp_path: Path,
    rng: np.random.Generator,
    inputs: int,
    side: int | None,
    patch: int,
) -> None:
    model = small(inputs, side)
    convert(model, tmp_path / "a.tflite", patch_size=patch, inputs=inputs)
    tiles = rng.random((3, patch, patch, inputs), np.float32)
    expected = np.asarray(model(tiles, training=False))
    found = LiteRTNetwork(tmp_path / "a.tflite")(tiles)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_conversion_that_differs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(LiteRTNetwork):
        def __call__(self, tiles):
            return super().__call__(tiles) + np.float32(0.01)

    monkeypatch.setattr(module, "LiteRTNetwork", Wrong)
    with pytest.raises(ValueError, match=r"differs from the original by 0\.01, more"):
        convert(small(), tmp_path / "a.tflite", patch_size=32)


def test_a_conversion_to_nan_is_refused(tmp_path: Path) -> None:
    model = small()
    model.layers[-1].set_weights([np.full((1, 1, 4, 1), np.nan), np.zeros(1)])
    with pytest.raises(ValueError, match="differs from the original by nan"):
        convert(model, tmp_path / "a.tflite", patch_size=32)


def test_an_unsupported_network_is_refused(tmp_path: Path) -> None:
    image = keras.Input((32, 32, 3))
    output = keras.ops.image.affine_transform(image, np.eye(3).ravel()[:8])
    with pytest.raises(ValueError, match="The model cannot be converted to LiteRT"):
        convert(keras.Model(image, output), tmp_path / "a.tflite", patch_size=32)


def test_a_file_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        convert(small(), tmp_path / "nowhere" / "a.tflite", patch_size=32)


def test_an_int8_network_is_small_and_gives_nearly_the_same_at_any_size(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    keras.utils.set_random_seed(1)
    model = build_unet(ModelConfig(alpha=0.35, decoder=(16, 16, 8, 8), stem=4))
    convert(model, tmp_path / "whole.tflite", patch_size=64)
    convert_to_int8(
        model, tmp_path / "bytes.tflite", rng.random((8, 64, 64, 3), np.float32)
    )
    sizes = [(tmp_path / f"{x}.tflite").stat().st_size for x in ("bytes", "whole")]
    assert sizes[0] < 0.5 * sizes[1]
    network = LiteRTNetwork(tmp_path / "bytes.tflite")
    for side in (64, 128):
        tiles = rng.random((5, side, side, 3), np.float32)
        found = network(tiles)
        assert found.dtype == np.float32
        expected = np.asarray(model(tiles, training=False))
        assert 0 < np.abs(found - expected).mean() < 0.01


def test_a_network_that_int8_changes_too_much_is_refused(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "QUANTIZED_TOLERANCE", 0.0)
    with pytest.raises(ValueError, match="The output of the int8 model differs by"):
        convert_to_int8(
            small(), tmp_path / "a.tflite", rng.random((4, 32, 32, 3), np.float32)
        )
