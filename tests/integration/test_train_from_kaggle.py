"""The script and the commands of docs/train-from-kaggle.md run on Kaggle's layout."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_nuclei.cli import main
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.io.outlines.run_lengths import encode_submission, join_submissions
from napari_nuclei.model.store import load_model_card

PAGE = Path(__file__).resolve().parents[2] / "docs" / "train-from-kaggle.md"

TRAINED, VALIDATED, TESTED = ("a1", "b2", "c3", "d4"), ("e5", "f6"), ("g7", "h8")

SMALL = "--alpha 0.35 --decoder 16,16,8,8 --stem 4 --patch-size 64 --batch 2 --steps 1"
"""Options that replace the real network and length by small ones."""

pytestmark = pytest.mark.slow


def blocks(language: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


def commands() -> list[list[str]]:
    lines = "".join(blocks("bash")).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("napari-nuclei")]


def write_image(folder: Path, name: str, seed: int) -> np.ndarray:
    """Write an image in Kaggle's layout; return its labels."""
    image, labels = synthetic_nuclei((96, 112), diameter=14, seed=seed)
    path = folder / name / "images" / f"{name}.png"
    path.parent.mkdir(parents=True)
    cv2.imwrite(str(path), (image / image.max() * 255).astype(np.uint8))
    return labels


@pytest.fixture(params=["masks", "run lengths"])
def kaggle(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Work in a folder with a subset of Kaggle's files."""
    monkeypatch.chdir(tmp_path)
    parts = []
    for seed, name in enumerate(TRAINED + VALIDATED):
        labels = write_image(tmp_path / "stage1_train", name, seed)
        if request.param == "masks":
            for number in range(1, labels.max() + 1):
                path = tmp_path / "stage1_train" / name / "masks" / f"{number}.png"
                path.parent.mkdir(exist_ok=True)
                cv2.imwrite(str(path), np.where(labels == number, 255, 0))
        else:
            parts.append(tmp_path / f"{name}.part")
            parts[-1].write_bytes(encode_submission(name, labels))
    if parts:
        run_lengths = tmp_path / "stage1_train_labels.csv"
        run_lengths.write_bytes(join_submissions(parts))
    for seed, name in enumerate(TESTED):
        write_image(tmp_path / "stage1_test", name, 10 + seed)
    (tmp_path / "train_ids.txt").write_text("\n".join(TRAINED))
    (tmp_path / "val_ids.txt").write_text("\n".join(VALIDATED))
    return tmp_path


def shortened(words: list[str]) -> list[str]:
    """Return a command with a small network and a step an epoch."""
    if words[0] != "train":
        return words
    line = shlex.join(words).replace("--epochs 40", "")
    line = line.replace("--from nuclei", "--from nuclei-fast")
    return shlex.split(f"{line} {SMALL} --epochs 1")


@pytest.mark.parametrize("kaggle", ["masks"], indirect=True)
def test_the_commands_train_evaluate_and_write_a_submission(
    kaggle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = {}
    for words in commands():
        assert main(shortened(words)) == 0, words
        printed[words[words.index("--name") + 1] if "--name" in words else words[0]] = (
            capsys.readouterr().out
        )
    assert "Starts from random weights" in printed["my-unet"]
    assert "Starts from the encoder of nuclei-fast" in printed["my-encoder"]
    assert "Fine-tunes the model nuclei-fast" in printed["my-tuned"]
    for name in ("my-unet", "my-encoder", "my-tuned"):
        assert "Trains on 4 images with " in printed[name]
        assert "Ended after 1 epoch (1 step)" in printed[name]
        assert load_model_card(name).noise_confidence is not None
    assert "pixel Dice" in printed["evaluate"]
    assert (kaggle / "my-report" / "best_and_worst.png").is_file()
    rows = (kaggle / "my-submission" / "submission.csv").read_text().splitlines()
    assert rows[0] == "ImageId,EncodedPixels"
    assert {row.split(",")[0] for row in rows[1:]} == set(TESTED)


def test_the_script_trains_scores_and_shows(
    kaggle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (script,) = blocks("python")
    assert "epochs=40" in script
    small = (
        "epochs=1, steps=1, batch=2, patch_size=64, model=ModelConfig(alpha=0.35, "
        "decoder=(16, 16, 8, 8), stem=4)"
    )
    script = script.replace("epochs=40", small)
    exec(f"from napari_nuclei import ModelConfig\n{script}", {})
    assert "pixel accuracy" in capsys.readouterr().out
    shown = cv2.imread(str(kaggle / "predicted.png"))
    assert shown is not None
    assert shown.std() > 0


def test_the_script_has_about_ten_lines() -> None:
    (script,) = blocks("python")
    statements = [line for line in script.splitlines() if line and line[0] not in " )"]
    assert len(statements) <= 10
