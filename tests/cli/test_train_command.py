"""The command `train`, from a folder of images to a model that segments."""

from __future__ import annotations

import csv
import json
import re
import signal
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import fields, is_dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tifffile

from napari_nuclei.cli import main
from napari_nuclei.cli.options import format_variant, option_name
from napari_nuclei.cli.train_command import OPTION_GROUPS
from napari_nuclei.config import TrainConfig
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.readers import read_image
from napari_nuclei.model import store
from napari_nuclei.training import fit_network, shrink_update
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
        (models / "output.txt").write_text(out.getvalue())
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


def test_the_start_each_epoch_and_the_scores_are_printed(trained: Path) -> None:
    lines = (trained.parent / "output.txt").read_text().splitlines()
    assert lines[0] == (
        "Starts from random weights (to fine-tune the bundled model: --from nuclei)"
    )
    assert lines[1] == (
        "Settings other than the defaults: epochs 2, batch 2, steps 2, patch-size 64, "
        "alpha 0.35, decoder 16,16,8,8, stem 4"
    )
    watched = lines[2].removeprefix("To watch: tensorboard --logdir ")
    assert list(Path(watched).rglob("events.out*"))
    assert lines[3].startswith("Trains on 3 images with ")
    assert lines[4] == "2 steps an epoch, 2 patches of 64 x 64 px a step"
    assert lines[5] == "Only 4 steps in all, which is few: raise epochs or steps"
    assert [line.split(":")[0] for line in lines[6:8]] == ["Epoch 1", "Epoch 2"]
    assert lines[8].startswith("Ended after all 2 epochs (4 steps); best epoch ")
    assert lines[9].startswith("Validation, 1 image and ")
    assert lines[10] == f"The model is in {trained}"
    assert "Test set:" in lines
    assert len(lines) < 50


def test_the_card_records_the_training(trained: Path) -> None:
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


def test_the_model_opens_with_plain_keras_without_an_optimizer(
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


def test_the_name_of_another_model_is_refused_before_training(
    trained: Path,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(trained.parent))
    before = (trained / "card.json").read_bytes()
    assert main(["train", str(data), "--name", "tiny", *TINY]) == 1
    captured = capsys.readouterr()
    assert "There is already a model named tiny" in captured.err
    assert "Epoch" not in captured.out
    assert (trained / "card.json").read_bytes() == before


def used_config(
    monkeypatch: pytest.MonkeyPatch, data: Path, *words: str
) -> tuple[TrainConfig, str]:
    """Return the settings that the command passes to `train`, and what it prints."""
    used: list[TrainConfig] = []

    def record(*args: Any, config: TrainConfig, **settings: Any) -> None:
        used.append(config)
        raise RuntimeError("recorded")

    monkeypatch.setattr(run, "train", record)
    with redirect_stdout(StringIO()) as out:
        assert main(["train", str(data), "--name", "new", *words]) == 1
    return used[0], out.getvalue()


def settings_of(config: Any) -> dict[str, Any]:
    """Return all settings by name, those of nested settings too."""
    found: dict[str, Any] = {}
    for item in fields(config):
        value = getattr(config, item.name)
        found |= settings_of(value) if is_dataclass(value) else {item.name: value}
    return found


@pytest.mark.parametrize("base", [None, store.DEFAULT_MODEL])
def test_the_help_shows_the_defaults_that_a_training_uses(
    base: str | None,
    data: Path,
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--from", base) if base else ()
    used = settings_of(used_config(monkeypatch, data, *words)[0])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name, value in used.items():
        shown = re.search(rf" {option_name(name)}[ ,][^\[]*\[([^\]]*)\]", text)
        assert shown, name
        default, _, with_base = shown[1].partition("; with --from: ")
        expected = (with_base or default) if base else default
        assert format_variant(name, value) == expected, name


@pytest.mark.parametrize(
    ("words", "listed"),
    [
        ((), "Settings: the defaults"),
        (
            ("--seed", "3", "--batch", "64", "--no-flip"),
            "Settings other than the defaults: batch 64, seed 3, flip off",
        ),
        (("--epochs", "7"), "Settings other than the defaults: epochs 7"),
        (("--batch", "8"), "Settings: the defaults"),
    ],
)
def test_the_settings_that_the_user_changed_are_printed(
    data: Path,
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    listed: str,
) -> None:
    _, printed = used_config(monkeypatch, data, "--from", store.DEFAULT_MODEL, *words)
    lines = printed.splitlines()
    assert lines[:2] == [f"Fine-tunes the model {store.DEFAULT_MODEL}", listed]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (10_000, 10, 90)),
        (["--epochs", "7"], (7, None, None)),
        (["--steps", "7"], (40, 7, None)),
        (["--epochs", "7", "--budget", "2min"], (7, 10, 120)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_fine_tuning_ends_after_the_given_epochs_or_time(
    words: list[str],
    expected: tuple[int, int | None, float | None],
    data: Path,
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, _ = used_config(monkeypatch, data, "--from", store.DEFAULT_MODEL, *words)
    assert (config.epochs, config.steps, config.budget) == expected
    assert config.encoder == "keep"


def test_a_new_network_with_the_encoder_of_a_model_has_the_usual_defaults(
    data: Path,
    own_models: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ("--from", store.DEFAULT_MODEL, "--encoder-only")
    config, printed = used_config(monkeypatch, data, *words)
    assert config == TrainConfig(encoder_only=True)
    assert printed.startswith(f"Starts from the encoder of {store.DEFAULT_MODEL};")
    capsys.readouterr()
    assert main(["train", str(data), "--name", "new", "--encoder-only"]) == 1
    assert "--encoder-only needs a model" in capsys.readouterr().err


@pytest.mark.parametrize("name", OPTION_GROUPS)
def test_every_grouped_option_is_a_setting(name: str) -> None:
    assert name in {item.name for item in fields(TrainConfig)}


@pytest.mark.parametrize("option", ["--from", "--distill-from"])
def test_a_model_that_does_not_exist_is_reported_before_images_are_read(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    words = ["train", str(tmp_path), "--name", "new", option, "nobody"]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "There is no model nobody" in error


def test_a_training_stopped_by_a_full_disk_is_resumed_to_its_end(
    data: Path,
    own_models: Path,
    small_network: Callable[[], keras.Model],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["train", str(data / "train"), "--name", "tiny", "--no-tensorboard", *TINY]

    def interrupting(*args: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return update(*args, **options)

    def full(*args: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    # Other tests cover fitting; this one is about stopping and resuming.
    monkeypatch.setattr(fit_network, "build_unet", lambda config: small_network())
    monkeypatch.setattr(fit_network, "recalibrate_batch_norm", lambda *args: None)
    update = fit.update_moving_average
    with monkeypatch.context() as patch:
        patch.setattr(fit, "update_moving_average", interrupting)
        patch.setattr(shrink_update, "convert", full)
        assert main(words) == 1
    captured = capsys.readouterr()
    assert "the best model so far will be saved" in captured.err
    assert "No space left on device. Free some" in captured.err.splitlines()[-1]
    assert "Traceback" not in captured.err
    assert store.list_models() == [e for e in store.list_models() if e.bundled]
    assert [path.name for path in own_models.iterdir()] == [".training"]
    assert main([*words, "--resume"]) == 0
    captured = capsys.readouterr()
    assert "Epoch 2: " in captured.out
    with (own_models / "tiny" / "history.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2"]
    assert store.read_card(own_models / "tiny").training["steps"] == 4


def test_several_data_sets_with_weights_and_lists_train_one_model(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(tmp_path / "models"))
    other = tmp_path / "other"
    for number in range(4):
        image, labels = synthetic_nuclei((64, 64), diameter=12, seed=10 + number)
        for kind, pixels in (("images", image), ("masks", labels.astype("uint16"))):
            path = other / kind / f"x{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, pixels)
    (other / "train_ids.txt").write_text("x0\nx1\n")
    (other / "val_ids.txt").write_text("x3\n")
    (other / "dataset.json").write_text('{"name": "Others", "licence": "CC0"}')
    assert main(["train", str(data), f"{other}:0.5", "--name", "both", *TINY]) == 0
    out = capsys.readouterr().out
    assert "Others: 2 images for training, 1 for validation, weight 0.5" in out
    card = json.loads((tmp_path / "models" / "both" / "card.json").read_text())
    found = {x["name"]: x for x in card["training"]["datasets"]}
    assert found["Others"]["weight"] == 0.5
    assert found["Others"]["licence"] == "CC0"
    assert card["training"]["images"] == 5
    assert card["metrics"]["images"] == 2
