from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.loop.distribution import Trainer

# TensorFlow's devices can be set only before it uses one.
TRAIN = """
import json, sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)

import keras
from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.loop.fit import fit
from napari_nuclei.training.loop.hooks import Hooks
from napari_nuclei.training.sampling.pyramid import build_pyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches

rows, columns = np.mgrid[:64, :64]
labels = ((rows - 20) ** 2 + (columns - 20) ** 2 < 90).astype(np.int32)
labels[(rows - 45) ** 2 + (columns - 40) ** 2 < 90] = 2
sources = [build_pyramid(Sample("discs", (labels > 0) * np.uint8(180) + 20, labels))]
config = TrainConfig(epochs=4, steps=3, batch=8, patch_size=32, learning_rate=1e-2,
                     ema=0.5, augment=AugmentConfig.none())
validation = build_validation_patches(sources, config)


def losses(config, folder, **options):
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, padding="same")(image)
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    output = keras.layers.Conv2D(2, 1, activation="sigmoid")(x)
    model = keras.Model(image, output)
    folder = Path(sys.argv[1]) / folder
    state = fit(model, sources, validation, config, folder, **options)
    return [[e.train["loss"], e.validation["loss"]] for e in state.epochs]


mirrored = replace(config, strategy="mirrored")
found = {"one": losses(config, "one"), "mirrored": losses(mirrored, "mirrored")}
asked = iter(range(7))
losses(mirrored, "part", hooks=Hooks(stop=lambda: next(asked, None) is None))
found["resumed"] = losses(mirrored, "part", resume=True)
try:
    losses(replace(mirrored, batch=7), "odd")
except ValueError as error:
    found["error"] = str(error)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[float]]]:
    """Train on one and on two devices; return the losses of each epoch."""
    folder: Path = tmp_path_factory.mktemp("devices")
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_two_devices_train_like_one(found) -> None:
    one, two = np.array(found["one"]), np.array(found["mirrored"])
    assert one.shape == two.shape == (4, 2)
    assert one[-1, 0] < 0.95 * one[0, 0]  # there is a curve to agree on
    np.testing.assert_allclose(two, one, rtol=0.02)


def test_two_devices_resume_where_they_stopped(found) -> None:
    np.testing.assert_allclose(found["resumed"], found["mirrored"], rtol=1e-4)


def test_a_batch_that_cannot_be_split_evenly_is_refused(found) -> None:
    message = "With the strategy mirrored, batch must be a multiple of the 2 devices"
    assert found["error"] == f"{message}; got 7"


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(ValueError, match="strategy must be one of one, mirrored"):
        TrainConfig(strategy="two")


def test_the_given_network_is_not_changed() -> None:
    import keras

    from napari_nuclei.training.loop.compile import compile_model

    image = keras.Input((None, None, 3))
    output = keras.layers.Conv2D(2, 1, activation="sigmoid")(image)
    model = keras.Model(image, output)
    before = model.get_weights()
    trainee = Trainer(model, TrainConfig(batch=2, learning_rate=0.1), compile_model)
    logs = trainee.step(
        np.ones((2, 8, 8, 3), np.float32), np.ones((2, 8, 8, 3), np.float32)
    )
    assert set(logs) == {"loss", "accuracy", "dice", "iou"}
    for old, same in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, same)
    moved = zip(before, trainee.training_model.get_weights(), strict=True)
    assert any((old != new).any() for old, new in moved)
