"""The command `train`, from a folder of images to a model that segments."""

from __future__ import annotations

import csv
import json
import signal
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tifffile

from napari_nuclei.cli import main
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.image_files import read_image
from napari_nuclei.model import store
from napari_nuclei.training import shrink_update as moderation
from napari_nuclei.training import train as run
from napari_nuclei.training.loop import fit

pytestmark = pytest.mark.slow

TINY = [
    *("--alpha", "0.35", "--decoder", "16,16,8,8", "--stem", "4"),
    *("--epochs", "2", "--steps", "2", "--batch", "2", "--patch-size", "64"),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data set of 3 images to train, 1 to validate and 1 to test on."""
    folder = tmp_path_factory.mktemp("data")
    for number, part in enumerate(["train"] * 3 + ["val", "test"]):
        image, labels = synthetic_nuclei((96, 112), diameter=14, seed=number)
        for kind, pixels in (("images", image), ("masks", labels.astype("uint16"))):
            path = folder / part / kind / f"n{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, pixels)
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that the command has trained."""
    models = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NAPARI_NUCLEI_MODELS", str(models))
        words = ["--description", "Discs.", "--licence", "CC0-1.0"]
        with redirect_stdout(StringIO()) as out:
            assert main(["train", str(data), "--name", "tiny", *TINY, *words]) == 0
        (models / "told.txt").write_text(out.getvalue())
    return models / "tiny"


def test_a_model_folder_is_complete(trained: Path) -> None:
    files = {p.relative_to(trained).as_posix() for p in trained.rglob("*")}
    assert {
        "model.keras",
        "model.tflite",
        "card.json",
        "history.csv",
        "figures/curves.png",
        "figures/architecture.png",
        "figures/predictions.png",
        "figures/epoch001.png",
        "figures/best_and_worst.png",
        "figures/evaluation.csv",
        "figures/evaluation.json",
    } <= files
    assert any(name.startswith("logs/events.out") for name in files)


def test_each_epoch_the_validation_and_the_test_set_are_told(trained: Path) -> None:
    lines = (trained.parent / "told.txt").read_text().splitlines()
    assert lines[0].startswith("watch it with: tensorboard --logdir ")
    assert [line.split(":")[0] for line in lines[1:3]] == ["epoch 1", "epoch 2"]
    assert lines[3].startswith("validation, 1 images and ")
    assert lines[4] == f"the model is in {trained}"
    assert "on the test set:" in lines
    assert len(lines) < 50


def test_the_card_tells_of_the_training(trained: Path) -> None:
    card = json.loads((trained / "card.json").read_text())
    assert (card["name"], card["description"], card["licence"]) == (
        "tiny",
        "Discs.",
        "CC0-1.0",
    )
    assert card["patch_size"] == 64
    assert 8 < card["diameter"] < 20
    assert card["metrics"]["images"] == 1
    assert card["training"]["ended"] == "finished"
    assert (card["training"]["images"], card["training"]["steps"]) == (3, 4)
    assert card["training"]["settings"]["model"]["alpha"] == 0.35
    store.check_model_files(trained, store.read_card(trained))


def test_the_history_has_a_row_for_each_epoch(trained: Path) -> None:
    with (trained / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert {"loss", "accuracy", "dice", "iou", "val_loss", "val_dice"} <= set(rows[0])


def test_the_model_opens_with_plain_keras_and_without_what_it_was_trained_with(
    trained: Path,
) -> None:
    model = keras.models.load_model(trained / "model.keras")
    assert model.input_shape == (None, None, None, 3)
    assert model.output_shape == (None, None, None, 4)
    assert not model.compiled
    # An array, not a list of one array: anything else would warn.
    assert model(np.zeros((1, 64, 96, 3), np.float32)).shape == (1, 64, 96, 4)


def test_the_model_segments_by_its_name(
    trained: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(trained.parent))
    image = data / "test" / "images" / "n4.tif"
    words = ["segment", str(image), "-o", str(tmp_path), "--model", "tiny"]
    assert main(words) == 0
    assert read_image(tmp_path / "n4_labels.tif").pixels.shape == (96, 112)


def test_a_name_that_is_taken_is_refused_before_training(
    trained: Path,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(trained.parent))
    before = (trained / "card.json").read_bytes()
    assert main(["train", str(data), "--name", "tiny", *TINY]) == 1
    captured = capsys.readouterr()
    assert "there is a model named tiny already" in captured.err
    assert "epoch" not in captured.out
    assert (trained / "card.json").read_bytes() == before


@pytest.mark.parametrize("option", ["--from", "--teacher"])
def test_a_model_that_does_not_exist_is_told_before_images_are_read(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    words = ["train", str(tmp_path), "--name", "new", option, "nobody"]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "there is no model nobody" in error


def test_a_training_that_was_stopped_on_a_full_disk_is_resumed_to_its_end(
    data: Path,
    own_models: Path,
    small_network: Callable[[], keras.Model],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["train", str(data / "train"), "--name", "tiny", "--no-tensorboard", *TINY]

    def interrupting(*args: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return averaged(*args, **options)

    def full(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    # Fitting is tested where it belongs: here it is about stopping and going on.
    monkeypatch.setattr(run, "build_unet", lambda config: small_network())
    monkeypatch.setattr(run, "convert_and_check", lambda *args: None)
    averaged = fit.averaged
    with monkeypatch.context() as patch:
        patch.setattr(fit, "update_moving_average", interrupting)
        patch.setattr(moderation, "convert", full)
        assert main(words) == 1
    captured = capsys.readouterr()
    assert "the best model so far is being kept" in captured.err
    assert captured.err.rstrip().splitlines()[-1].endswith("No space left on device")
    assert "Traceback" not in captured.err
    assert store.list_models() == [e for e in store.list_models() if e.bundled]
    assert [path.name for path in own_models.iterdir()] == [".training"]
    assert main([*words, "--resume"]) == 0
    captured = capsys.readouterr()
    assert "epoch 2: " in captured.out
    with (own_models / "tiny" / "history.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert store.read_card(own_models / "tiny").training["steps"] == 4
