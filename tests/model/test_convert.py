from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from napari_nuclei.model import convert as module
from napari_nuclei.model.convert import convert, save_plain
from napari_nuclei.model.engine import LiteRTNetwork


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
    save_plain(model, tmp_path / "plain.keras")
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


def test_a_conversion_to_no_number_is_refused(tmp_path: Path) -> None:
    model = small()
    model.layers[-1].set_weights([np.full((1, 1, 4, 1), np.nan), np.zeros(1)])
    with pytest.raises(ValueError, match="differs from the original by nan"):
        convert(model, tmp_path / "a.tflite", patch_size=32)


def test_what_cannot_be_expressed_is_refused(tmp_path: Path) -> None:
    image = keras.Input((32, 32, 3))
    output = keras.ops.image.affine_transform(image, np.eye(3).ravel()[:8])
    with pytest.raises(ValueError, match="the model cannot be converted to LiteRT"):
        convert(keras.Model(image, output), tmp_path / "a.tflite", patch_size=32)


def test_a_disk_that_fills_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        convert(small(), tmp_path / "nowhere" / "a.tflite", patch_size=32)
