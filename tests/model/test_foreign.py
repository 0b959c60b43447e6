from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from napari_nuclei.config import ModelConfig
from napari_nuclei.config.outputs import network_channels
from napari_nuclei.core.matching import count_objects
from napari_nuclei.model import foreign, litert_check
from napari_nuclei.model.child_task import ChildTaskError
from napari_nuclei.model.child_task_main import TASKS
from napari_nuclei.model.exchange import import_model
from napari_nuclei.model.keras_config import check_safe
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import find_model
from napari_nuclei.model.unet import build_unet


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the tasks of child processes in this one, which saves loading TensorFlow."""

    def run(task: str, arguments: dict[str, Any], **limits: float) -> dict[str, Any]:
        try:
            return TASKS[task](**arguments)
        except ValueError as error:
            raise ChildTaskError(str(error)) from error

    monkeypatch.setattr(foreign, "run_in_child_process", run)
    monkeypatch.setattr(litert_check, "run_in_child_process", run)


def scene(
    rng: np.random.Generator, side: int = 128
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return an image of bright discs on noise, and their mask."""
    mask = np.zeros((side, side), np.uint8)
    for row, column in rng.integers(0, side, (side * side // 2500, 2)):
        cv2.circle(mask, (int(column), int(row)), int(rng.integers(7, 13)), 1, -1)
    return exposed(mask, rng), mask


def exposed(mask: NDArray[np.integer], rng: np.random.Generator) -> NDArray[np.uint8]:
    grey = np.where(mask > 0, 170, 50) + rng.normal(0, 12, mask.shape)
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., np.newaxis], 3, axis=-1)


def usual_unet() -> keras.Model:
    """Return the U-Net that scripts build: 128x128x3 to one sigmoid channel."""
    image = keras.Input((128, 128, 3))
    skips, x = [], image
    for channels in (8, 16):
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.Dropout(0.1)(x)
    for channels, skip in zip((16, 8), reversed(skips), strict=True):
        x = layers.Conv2DTranspose(channels, 2, strides=2, padding="same")(x)
        x = layers.concatenate([x, skip])
        x = layers.Conv2D(channels, 3, padding="same", activation="relu")(x)
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x))


def dice_loss(true: Any, found: Any) -> Any:
    both = keras.ops.sum(true * found)
    return 1 - (2 * both + 1) / (keras.ops.sum(true) + keras.ops.sum(found) + 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a U-Net that was trained and saved as scripts do."""
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    scenes = [scene(rng) for _ in range(8)]
    images = np.stack([image for image, _ in scenes]).astype(np.float32) / 255
    masks = np.stack([mask for _, mask in scenes])[..., np.newaxis].astype(np.float32)
    model = usual_unet()
    model.compile(keras.optimizers.Adam(2e-2), loss=dice_loss, metrics=["accuracy"])
    model.fit(images, masks, batch_size=4, epochs=20, verbose=0)
    assert model.evaluate(images, masks, verbose=0)[0] < 0.1
    path = tmp_path_factory.mktemp("script") / "my unet (final).keras"
    model.save(path)
    return path


@pytest.mark.slow
def test_the_model_of_a_usual_script_segments_after_import(
    trained: Path, rng: np.random.Generator, discs
) -> None:
    entry = import_model(trained)
    assert entry.name == "my-unet-final"
    assert entry.card.channels == ("foreground",)
    assert (entry.card.patch_size, entry.card.any_size) == (128, False)
    touching = [(60, 60, 11), (60, 81, 11), (200, 230, 12), (221, 230, 12)]
    alone = [(140, 40, 10), (30, 200, 9), (250, 60, 10), (120, 150, 12), (2, 130, 9)]
    truth = discs((270, 300), [*touching, *alone])
    labels = load_segmenter(entry.name).segment(exposed(truth, rng))
    assert labels.shape == truth.shape
    counts = count_objects(truth, labels, [0.6])[0]
    assert (counts.tp, counts.fp, counts.fn) == (9, 0, 0)


@pytest.mark.slow
def test_an_imported_model_runs_in_both_engines(
    trained: Path, rng: np.random.Generator
) -> None:
    import_model(trained, name="unet")
    image, _ = scene(rng, 150)
    found = [
        load_segmenter("unet", engine=engine).run(image).foreground
        for engine in ("litert", "keras")
    ]
    np.testing.assert_allclose(found[0], found[1], atol=1e-3)


def saved(model: keras.Model, path: Path) -> Path:
    model.save(path)
    return path


def pointwise(
    inputs: int = 3,
    side: int | None = 64,
    outputs: int = 1,
    activation: str | None = "sigmoid",
) -> keras.Model:
    image = keras.Input((side, side, inputs))
    layer = layers.Conv2D(outputs, 1, activation=activation, name="output")
    return keras.Model(image, layer(image))


GOOD: dict[str, tuple[dict[str, Any], tuple[str, ...], int]] = {
    "grey": ({"inputs": 1}, ("foreground",), 64),
    "any size": ({"side": None}, ("foreground",), 128),
    "no multiple of 32": ({"side": 100}, ("foreground",), 100),
    "with distance": ({"outputs": 2}, ("foreground", "distance"), 64),
    "large patches": ({"side": 320}, ("foreground",), 320),
    "small patches": ({"side": 48}, ("foreground",), 48),
}


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("options", "channels", "patch"), GOOD.values(), ids=GOOD)
def test_networks_of_several_shapes_are_imported(
    tmp_path: Path,
    rng: np.random.Generator,
    options: dict[str, Any],
    channels: tuple[str, ...],
    patch: int,
) -> None:
    path = saved(pointwise(**options), tmp_path / "net.keras")
    entry = import_model(path, outputs=channels if len(channels) > 1 else None)
    assert entry.name == "net"
    assert entry.card.channels == channels
    assert entry.card.patch_size == patch
    assert entry.card.inputs == options.get("inputs", 3)
    image = rng.random((130, 170), np.float32)
    assert load_segmenter("net").segment(image).shape == image.shape


class Doubled(layers.Layer):
    """A custom layer, as scripts write them."""

    def call(self, x: Any) -> Any:
        return 2 * x


def with_layer(layer: layers.Layer) -> keras.Model:
    model = pointwise(side=64)
    return keras.Model(model.inputs, layer(model.outputs[0]))


def two_inputs() -> keras.Model:
    images = [keras.Input((64, 64, 3)), keras.Input((64, 64, 3))]
    x = layers.Concatenate()(images)
    return keras.Model(images, layers.Conv2D(1, 1, activation="sigmoid")(x))


def halved() -> keras.Model:
    model = pointwise()
    return keras.Model(model.inputs, layers.MaxPooling2D()(model.outputs[0]))


def one_number() -> keras.Model:
    model = pointwise()
    return keras.Model(model.inputs, layers.GlobalMaxPooling2D()(model.outputs[0]))


def logits() -> keras.Model:
    model = pointwise(activation=None)
    weights = [np.full((1, 1, 3, 1), 5.0), np.full(1, -7.5)]
    model.get_layer("output").set_weights(weights)
    return model


def not_finite() -> keras.Model:
    model = pointwise()
    weights = [np.full((1, 1, 3, 1), np.nan), np.zeros(1)]
    model.get_layer("output").set_weights(weights)
    return model


def oblong() -> keras.Model:
    image = keras.Input((64, 96, 3))
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(image))


def never_built() -> keras.Model:
    return keras.Sequential([layers.Conv2D(1, 1, activation="sigmoid")])


TAKES = r"must take square images of 3 or 1 channels, .*; it takes"
GIVES = r"must give one channel of the size of its input, .*; it gives"

BAD_MODELS: dict[str, tuple[Callable[[], keras.Model], str]] = {
    "a Lambda layer": (
        lambda: with_layer(layers.Lambda(lambda x: x)),
        "has a Lambda layer, which runs custom code",
    ),
    "a Lambda layer, nested": (
        lambda: with_layer(keras.Sequential([layers.Lambda(lambda x: x)])),
        "has a Lambda layer, which runs custom code",
    ),
    "a custom layer": (
        lambda: with_layer(Doubled()),
        "has the custom object Doubled, which is not loaded",
    ),
    "five channels in": (lambda: pointwise(inputs=5), rf"{TAKES} .*64, 64, 5\)"),
    "oblong images": (oblong, rf"{TAKES} .*64, 96, 3\)"),
    "two images": (two_inputs, TAKES),
    "never built": (never_built, f"{TAKES} None"),
    "three channels out": (
        lambda: pointwise(outputs=3),
        "it gives 3 without names. Name them in order, such as --outputs background,",
    ),
    "two sigmoids": (lambda: pointwise(outputs=2), "it gives 2 without names. Name"),
    "half the size out": (halved, rf"{GIVES} .*32, 32, 1\)"),
    "one number out": (one_number, rf"{GIVES} \(None, 1\)"),
    "logits": (
        logits,
        r"must give probabilities from 0 to 1 .* from -\d.* to \d",
    ),
    "not finite": (not_finite, "must give probabilities from 0 to 1"),
    "softmax of two": (
        lambda: two_class_unet(0),
        "two channels that add up to 1 .*softmax over background and foreground",
    ),
}


@pytest.mark.usefixtures("in_process")
@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
@pytest.mark.parametrize(("make", "message"), BAD_MODELS.values(), ids=BAD_MODELS)
def test_a_model_that_does_not_fit_is_refused_and_leaves_no_files(
    tmp_path: Path,
    own_models: Path,
    make: Callable[[], keras.Model],
    message: str,
) -> None:
    path = saved(make(), tmp_path / "net.keras")
    with pytest.raises(ValueError, match=message):
        import_model(path)
    assert list(own_models.iterdir()) == []


def two_class_unet(nucleus: int) -> keras.Model:
    """Return a softmax whose channel `nucleus` is that of bright pixels."""
    model = pointwise(outputs=2, activation="softmax")
    kernel = np.zeros((1, 1, 3, 2))
    kernel[..., nucleus] = 4
    bias = np.zeros(2)
    bias[nucleus] = -4
    model.get_layer("output").set_weights([kernel, bias])
    return model


@pytest.mark.usefixtures("in_process")
def test_a_softmax_over_background_and_nucleus_is_recognised(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    path = saved(two_class_unet(1), tmp_path / "net.keras")
    card = import_model(path).card
    assert card.channels == ("foreground",)
    assert "outputs are background, foreground" in card.description
    image, mask = scene(rng)
    tiles = (image[np.newaxis, :64, :64] / 255).astype(np.float32)
    expected = two_class_unet(1)(tiles)[0, ..., 1]
    for engine in ("litert", "keras"):
        network = load_segmenter("net", engine=engine).network
        np.testing.assert_allclose(network(tiles)[0, ..., 0], expected, atol=1e-3)
    assert mask.any()


@pytest.mark.usefixtures("in_process")
def test_a_softmax_in_the_other_order_is_a_question_that_outputs_answers(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    path = saved(two_class_unet(0), tmp_path / "net.keras")
    with pytest.raises(ValueError, match="do not show that the second one is the fore"):
        import_model(path)
    entry = import_model(path, outputs=["foreground", "background"])
    assert entry.card.channels == ("foreground",)
    tiles = rng.random((1, 64, 64, 3), np.float32)
    found = load_segmenter("net").network(tiles)[0, ..., 0]
    np.testing.assert_allclose(found, two_class_unet(0)(tiles)[0, ..., 0], atol=1e-3)


@pytest.mark.usefixtures("in_process")
def test_named_outputs_are_put_in_order(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    model = pointwise(outputs=3)
    path = saved(model, tmp_path / "net.keras")
    entry = import_model(path, outputs=["distance", "border", "foreground"])
    assert entry.card.channels == ("foreground", "distance")
    tiles = rng.random((1, 64, 64, 3), np.float32)
    expected = np.asarray(model(tiles))[..., [2, 0]]
    np.testing.assert_allclose(
        load_segmenter("net").network(tiles), expected, atol=1e-3
    )
    for outputs, message in (
        (["foreground"], "gives 3 channels, but 1 names were given"),
        (["a", "b", "c"], "needs exactly one channel named foreground"),
        (["foreground"] * 3, "needs exactly one channel named foreground"),
    ):
        with pytest.raises(ValueError, match=message):
            import_model(path, name="other", outputs=outputs)


@pytest.mark.usefixtures("in_process")
def test_a_bundled_network_that_keras_saved_again_is_imported(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    entry = find_model("nuclei-fast")
    network = keras.models.load_model(entry.folder / "model.keras", compile=False)
    network.save(tmp_path / "again.keras")
    again = import_model(tmp_path / "again.keras")
    assert again.card.channels == entry.card.channels
    tiles = rng.random((1, 128, 128, 3), np.float32)
    np.testing.assert_allclose(
        load_segmenter("again").network(tiles),
        load_segmenter("nuclei-fast").network(tiles),
        atol=1e-3,
    )


@pytest.mark.usefixtures("in_process")
def test_a_new_network_of_this_package_names_its_outputs(tmp_path: Path) -> None:
    config = ModelConfig(
        alpha=0.35, decoder=(16, 16, 8, 8), stem=4, encoder_weights=None
    )
    model = build_unet(config)
    keras.models.clone_model(model).save(tmp_path / "mine.keras")
    assert import_model(tmp_path / "mine.keras").card.channels == network_channels(
        config
    )


def zip_of(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def cut_short(path: Path) -> Path:
    saved(pointwise(), path)
    path.write_bytes(path.read_bytes()[:-300])
    return path


def bytes_at(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


def config_of(config: Any) -> Callable[[Path], Path]:
    return lambda path: zip_of(path, config__json=json.dumps(config).encode())


BAD_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "text": (bytes_at(b"hello"), r"net\.keras is not a \.keras file"),
    "no bytes": (bytes_at(b""), r"net\.keras is not a \.keras file"),
    "HDF5": (bytes_at(b"\x89HDF\r\n\x1a\n" + bytes(99)), r"is not a \.keras file"),
    "cut short": (cut_short, r"is not a \.keras file"),
    "another zip": (
        lambda path: zip_of(path, readme__txt=b"hello"),
        r"net\.keras is a zip but not a \.keras file",
    ),
    "no json": (
        lambda path: zip_of(path, config__json=b"{"),
        r"net\.keras is a zip but not a \.keras file",
    ),
    "no weights": (config_of({"class_name": "Functional"}), "cannot be loaded"),
    "a list": (config_of([]), "cannot be loaded"),
    "code by its module": (
        config_of({"class_name": "system", "module": "os", "config": {}}),
        "has the custom object system, which is not loaded",
    ),
    "code by its registered name": (
        config_of({"class_name": "Evil", "module": None, "registered_name": "x>Evil"}),
        "has the custom object Evil, which is not loaded",
    ),
    "code by a likely module": (
        config_of({"class_name": "Evil", "module": "keras_evil", "config": {}}),
        "has the custom object Evil, which is not loaded",
    ),
}


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(("make", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_an_unsafe_or_invalid_file_is_refused_and_leaves_no_files(
    tmp_path: Path, own_models: Path, make: Callable[[Path], Path], message: str
) -> None:
    path = make(tmp_path / "net.keras")
    with pytest.raises(ValueError, match=message):
        import_model(path)
    assert list(own_models.iterdir()) == []


def test_code_in_a_file_is_never_run(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    folder = str(witness)
    leave_a_trace = layers.Lambda(
        lambda x: (__import__("os").makedirs(folder, exist_ok=True), x)[1]
    )
    path = saved(with_layer(leave_a_trace), tmp_path / "net.keras")
    witness.rmdir()  # building the model ran it
    with pytest.raises(ValueError, match="Lambda"):
        import_model(path)
    assert not witness.exists()


def test_a_file_is_checked_without_loading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(pointwise(), tmp_path / "net.keras")

    def load(*args: Any, **options: Any) -> None:
        raise AssertionError("the file was loaded")

    monkeypatch.setattr(keras.models, "load_model", load)
    check_safe(path)


@pytest.mark.usefixtures("in_process")
def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    path = saved(pointwise(), tmp_path / "net.keras")
    import_model(path)
    with pytest.raises(FileExistsError, match="There is already a model named net"):
        import_model(path)
    assert import_model(path, name="other").name == find_model("other").name


@pytest.mark.usefixtures("in_process")
def test_the_imported_file_is_copied(tmp_path: Path) -> None:
    path = saved(pointwise(), tmp_path / "net.keras")
    entry = import_model(path)
    assert (entry.folder / "model.keras").read_bytes() == path.read_bytes()
    assert path.exists()
