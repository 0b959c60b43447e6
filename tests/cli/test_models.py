from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from napari_nuclei.model.store import DEFAULT_MODEL

CommandLine = Callable[..., tuple[int, str, str]]


def test_models_are_exported_imported_listed_shown_renamed_and_removed(
    run: CommandLine, own_models: Path, tmp_path: Path
) -> None:
    code, out, err = run("models", "export", DEFAULT_MODEL, tmp_path)
    assert (code, out.strip(), err) == (0, str(tmp_path / f"{DEFAULT_MODEL}.zip"), "")
    path = tmp_path / f"{DEFAULT_MODEL}.zip"
    code, out, _ = run("models", "import", path, "--name", "mine")
    assert code == 0
    said = out.splitlines()
    assert said[0] == f"imported mine into {own_models / 'mine'}"
    assert said[1].startswith("self-test ok: ")
    code, out, _ = run("models", "list")
    assert code == 0
    kinds = {line.split()[0]: line.split()[1] for line in out.splitlines()}
    assert (kinds[DEFAULT_MODEL], kinds["mine"]) == ("bundled", "yours")
    assert str(own_models) in out
    code, out, _ = run("models", "show", "mine")
    assert (code, json.loads(out)["name"]) == (0, "mine")
    words = ("models", "rename", "mine", "ours")
    assert run(*words) == (0, "renamed mine to ours\n", "")
    assert json.loads(run("models", "show", "ours")[1])["name"] == "ours"
    assert run("models", "remove", "ours") == (0, "removed ours\n", "")
    assert "yours" not in run("models", "list")[1]


def test_an_imported_model_that_finds_other_nuclei_is_told(
    run: CommandLine, tmp_path: Path
) -> None:
    run("models", "export", DEFAULT_MODEL, "whole.zip")
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        archive.extractall(tmp_path / "brought")
    test = tmp_path / "brought" / DEFAULT_MODEL / "selftest.npz"
    with np.load(test) as file:
        parts = {**file, "labels": np.zeros_like(file["labels"])}
    np.savez(test, **parts)
    code, _, err = run("models", "import", test.parent, "--name", "mine")
    assert code == 0
    assert err.startswith("self-test differs: 0 nuclei expected, ")


def test_quantizing_without_images_to_choose_thresholds_on_is_refused(
    run: CommandLine, own_models: Path, tmp_path: Path
) -> None:
    for kind in ("images", "masks"):
        (tmp_path / "data" / kind).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "data" / kind / "a.png"), np.eye(32) * 255)
    data = tmp_path / "data"
    code, out, err = run("models", "quantize", DEFAULT_MODEL, data, "--name", "q")
    assert (code, out) == (1, "")
    assert "quantize needs images to choose thresholds on" in err
    assert not own_models.exists()
