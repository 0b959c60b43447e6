from __future__ import annotations

from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from napari_nuclei.evaluation.titled_pictures import GAP, STRIP
from napari_nuclei.training.loop.compile import Patches
from napari_nuclei.training.loop.state import Epoch
from napari_nuclei.training.loop.tensorboard import PATCHES_SHOWN, TrainingLogger


@pytest.fixture
def patches(discs) -> Patches:
    """Return images and targets of 8 patches, of more nuclei each."""
    centres = [(10 + 20 * (n // 3), 10 + 20 * (n % 3), 6) for n in range(8)]
    masks = [discs((64, 64), centres[:n]) > 0 for n in range(8)]
    inside = np.stack(masks).astype(np.float32)[..., np.newaxis]
    targets = np.concatenate([inside, inside, np.ones_like(inside)], axis=-1)
    return np.repeat(inside, 3, axis=-1), targets


@pytest.fixture(scope="module")
def model() -> keras.Model:
    image = keras.Input((None, None, 3))
    layer = keras.layers.Conv2D(2, 1, activation="sigmoid")
    model = keras.Model(image, layer(image))
    layer.set_weights([np.full((1, 1, 3, 2), 10.0), np.full(2, -15.0)])
    return model


def epoch(number: int) -> Epoch:
    scores = {"loss": 1 / number, "dice": 1 - 1 / number}
    return Epoch(number, 2.0 * number, scores, {k: v / 2 for k, v in scores.items()})


def log_five_epochs(
    folder: Path, patches: Patches, model: keras.Model, **options
) -> TrainingLogger:
    logger = TrainingLogger(folder, patches, **options)
    for number in range(1, 6):
        logger(epoch(number), model)
    logger.close()
    return logger


def test_every_score_of_every_epoch_and_pictures_are_logged(
    tmp_path: Path, patches: Patches, model: keras.Model
) -> None:
    log_five_epochs(tmp_path, patches, model, figure_interval=2, tensorboard=True)
    events = EventAccumulator(str(tmp_path / "logs"), {"tensors": 0, "images": 0})
    events.Reload()
    tags = set(events.Tags()["tensors"])
    for name in ("loss/train", "loss/validation", "dice/train", "dice/validation"):
        assert name in tags
        assert [e.step for e in events.Tensors(name)] == [1, 2, 3, 4, 5]
    logged = [make_ndarray(e.tensor_proto) for e in events.Tensors("loss/validation")]
    assert logged == pytest.approx([0.5 / number for number in range(1, 6)])
    pictures = events.Tensors("image, true mask, predicted mask")
    assert [e.step for e in pictures] == [1, 2, 3, 4, 5]
    # Width and height come before the pictures themselves.
    width, height, *encoded = pictures[0].tensor_proto.string_val
    assert len(encoded) == PATCHES_SHOWN
    assert (int(width), int(height)) == (3 * 128 + 2 * GAP, 128 + STRIP)
    shown = cv2.imdecode(np.frombuffer(encoded[0], np.uint8), cv2.IMREAD_COLOR)
    image, truth, predicted = (
        shown[STRIP:, left : left + 128].max(axis=-1) > 0
        for left in (0, 128 + GAP, 2 * (128 + GAP))
    )
    np.testing.assert_array_equal(truth, image)
    np.testing.assert_array_equal(predicted, image)


@pytest.mark.parametrize(
    ("figure_interval", "drawn"), [(1, [1, 2, 3, 4, 5]), (3, [1, 3])]
)
def test_predictions_are_drawn_in_the_first_epoch_and_every_few_epochs(
    tmp_path: Path,
    patches: Patches,
    model: keras.Model,
    figure_interval: int,
    drawn: list[int],
) -> None:
    log_five_epochs(
        tmp_path, patches, model, figure_interval=figure_interval, tensorboard=False
    )
    names = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert names == [f"epoch{number:03}.png" for number in drawn]
    for name in names:
        assert cv2.imread(str(tmp_path / "figures" / name)).std() > 0
    assert not (tmp_path / "logs").exists()


def test_the_instances_in_the_patches_that_are_shown_are_predicted(
    tmp_path: Path, patches: Patches, model: keras.Model
) -> None:
    logger = TrainingLogger(tmp_path, patches, figure_interval=1, tensorboard=False)
    counts = [int(labels.max()) for labels in logger.predict(model)]
    assert counts == [7, 6, 5, 4, 3, 2]


def test_a_single_patch_is_enough(
    tmp_path: Path, patches: Patches, model: keras.Model
) -> None:
    images, targets = patches
    single = images[-1:], targets[-1:]
    logger = TrainingLogger(tmp_path, single, figure_interval=1, tensorboard=False)
    logger(epoch(1), model)
    logger.save_predictions(logger.predict(model), "predictions.png")
    assert (tmp_path / "figures" / "predictions.png").exists()
