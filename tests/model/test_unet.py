from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import ModelConfig
from napari_nuclei.config.outputs import OFFSETS, REQUIRED_CHANNELS
from napari_nuclei.model.unet import BATCHNORM_MOMENTUM, build_unet

TINY = ModelConfig(alpha=0.35, decoder=(16, 16, 8, 8), stem=4)


def outputs(model: keras.Model, images: NDArray[np.float32]) -> NDArray[np.float32]:
    # Not predict(): Keras 3.15 cannot trace UpSampling2D for a second size of image.
    return np.asarray(model(images, training=False))


@pytest.fixture(scope="module", params=[1, 2], ids=["finest-1", "finest-2"])
def model(request: pytest.FixtureRequest) -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_unet(replace(TINY, output_stride=request.param))


@pytest.fixture(scope="module")
def encoder_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    keras.utils.set_random_seed(1)
    encoder = keras.applications.MobileNetV2(
        input_shape=(None, None, 3), alpha=0.35, include_top=False, weights=None
    )
    path = tmp_path_factory.mktemp("encoder") / "encoder.weights.h5"
    encoder.save_weights(path)
    return path


@pytest.mark.parametrize("shape", [(1, 32, 32), (2, 64, 96), (1, 128, 128)])
def test_any_multiple_of_32_gives_every_channel_of_the_same_size(
    model: keras.Model, shape: tuple[int, int, int], rng: np.random.Generator
) -> None:
    output = outputs(model, rng.random((*shape, 3), np.float32))
    assert output.shape == (*shape, len(REQUIRED_CHANNELS + OFFSETS))
    assert output.dtype == np.float32
    assert output.min() >= 0
    assert output.max() <= 1


def test_offsets_without_a_branch_share_the_features_of_other_outputs() -> None:
    for finest, last in ((1, "logits"), (2, "subpixels")):
        plain = build_unet(replace(TINY, output_stride=finest, offset_branch=False))
        assert not [x.name for x in plain.layers if x.name.startswith("offsets")]
        assert plain.output.shape[-1] == len(REQUIRED_CHANNELS + OFFSETS)
        assert plain.get_layer(last).input.shape[-1] == (4 if finest == 1 else 8)


def test_offsets_can_be_switched_off() -> None:
    assert build_unet(replace(TINY, offsets=False)).output.shape[-1] == len(
        REQUIRED_CHANNELS
    )


def test_every_layer_has_a_name_of_its_own(model: keras.Model) -> None:
    names = [layer.name for layer in model.layers]
    assert len(names) == len(set(names))


def test_names_are_the_same_in_every_model(model: keras.Model) -> None:
    finest = 1 if "logits" in [x.name for x in model.layers] else 2
    again = build_unet(replace(TINY, output_stride=finest))
    assert [x.name for x in again.layers] == [x.name for x in model.layers]


def test_only_standard_layers_are_used(model: keras.Model) -> None:
    for layer in model.layers:
        assert getattr(keras.layers, type(layer).__name__, None) is type(layer)
        assert not isinstance(layer, keras.layers.Lambda)
    others = {type(x).__name__ for x in model.operations} - {
        type(x).__name__ for x in model.layers
    }
    assert others <= {"DepthToSpace"}


def test_every_batch_norm_has_the_same_momentum(
    model: keras.Model,
) -> None:
    batch_norms = [
        x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)
    ]
    assert len(batch_norms) > 50
    assert {layer.momentum for layer in batch_norms} == {BATCHNORM_MOMENTUM}


def test_skips_join_the_decoder_at_every_stride(model: keras.Model) -> None:
    joins = [
        x
        for x in model.layers
        if isinstance(x, keras.layers.Concatenate) and x.name.startswith("decoder")
    ]
    image = keras.ops.zeros((1, 64, 64, 3))
    strides = []
    for layer in joins:
        found = keras.Model(model.input, layer.input)(image)
        (side,) = {part.shape[1] for part in found}
        strides.append(64 // side)
    assert strides in ([16, 8, 4, 2, 1], [16, 8, 4, 2])


def test_the_stem_has_the_output_stride(model: keras.Model) -> None:
    stem = keras.Model(model.input, model.get_layer("stem_relu").output)
    stride = 64 // stem(keras.ops.zeros((1, 64, 64, 3))).shape[1]
    assert stride == model.get_layer("stem_conv").strides[0]
    users = [n.operation.name for n in model.get_layer("stem_relu")._outbound_nodes]
    offsets = ["offsets_concat"] if stride == 2 else []
    assert users == [f"decoder{stride}_concat", *offsets]


def test_the_widths_are_those_of_the_configuration(model: keras.Model) -> None:
    for stride, channels in zip((16, 8, 4, 2), TINY.decoder, strict=True):
        assert model.get_layer(f"decoder{stride}_1_relu").output.shape[-1] == channels
    assert model.get_layer("stem_relu").output.shape[-1] == TINY.stem


def test_a_saved_model_opens_with_plain_keras_and_gives_the_same(
    model: keras.Model, tmp_path: Path, rng: np.random.Generator
) -> None:
    model.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    image = rng.random((1, 64, 64, 3), np.float32)
    np.testing.assert_array_equal(outputs(opened, image), outputs(model, image))


def test_the_encoder_starts_from_the_weights_of_a_file(encoder_file: Path) -> None:
    model = build_unet(replace(TINY, encoder_weights=str(encoder_file)))
    encoder = keras.applications.MobileNetV2(
        input_shape=(None, None, 3), alpha=0.35, include_top=False, weights=None
    )
    encoder.load_weights(encoder_file)
    for name in ("Conv1", "block_5_expand", "block_16_project"):
        expected = encoder.get_layer(name).get_weights()[0]
        np.testing.assert_array_equal(model.get_layer(name).get_weights()[0], expected)


def test_layers_that_fit_start_from_another_model(tmp_path: Path) -> None:
    keras.utils.set_random_seed(2)
    other = build_unet(replace(TINY, output_stride=1))
    other.save(tmp_path / "other.keras")
    model = build_unet(replace(TINY, encoder_weights=str(tmp_path / "other.keras")))
    for name in ("Conv1", "block_16_project", "decoder4_2_conv", "stem_conv"):
        expected = other.get_layer(name).get_weights()[0]
        np.testing.assert_array_equal(model.get_layer(name).get_weights()[0], expected)


def test_a_missing_weights_file_is_refused() -> None:
    config = replace(TINY, encoder_weights="nowhere/encoder.weights.h5")
    message = r"There is no file nowhere/encoder\.weights\.h5 for the encoder weights"
    with pytest.raises(FileNotFoundError, match=message):
        build_unet(config)


def test_weights_of_another_width_are_refused(encoder_file: Path) -> None:
    config = replace(TINY, alpha=0.5, encoder_weights=str(encoder_file))
    with pytest.raises(OSError, match=r"do not fit a MobileNetV2 of alpha 0\.5"):
        build_unet(config)


def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.weights.h5"
    path.write_text("not weights")
    with pytest.raises(ValueError, match=r"text\.weights\.h5 has damaged weights"):
        build_unet(replace(TINY, encoder_weights=str(path)))


def test_an_error_of_imagenet_weights_names_the_alternatives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = keras.applications.MobileNetV2

    def without_network(**options) -> keras.Model:
        if options["weights"] == "imagenet":
            raise Exception("URL fetch failure")
        return build(**options)

    monkeypatch.setattr(keras.applications, "MobileNetV2", without_network)
    with pytest.raises(OSError, match=r"URL fetch failure\); give encoder_weights the"):
        build_unet(replace(TINY, encoder_weights="imagenet"))
