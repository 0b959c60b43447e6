from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from napari_nuclei.model.store import DEFAULT_MODEL

CommandLine = Callable[..., tuple[int, str, str]]


def test_models_are_exported_imported_listed_shown_and_removed(
    run: CommandLine, own_models: Path, tmp_path: Path
) -> None:
    code, out, err = run("models", "export", DEFAULT_MODEL, tmp_path)
    assert (code, out.strip(), err) == (0, str(tmp_path / f"{DEFAULT_MODEL}.zip"), "")
    path = tmp_path / f"{DEFAULT_MODEL}.zip"
    code, out, _ = run("models", "import", path, "--name", "mine")
    assert code == 0
    assert out == f"imported mine into {own_models / 'mine'}\n"
    code, out, _ = run("models", "list")
    assert code == 0
    assert f"{DEFAULT_MODEL}  bundled" in out
    assert "mine    yours" in out
    assert str(own_models) in out
    code, out, _ = run("models", "show", "mine")
    assert (code, json.loads(out)["name"]) == (0, "mine")
    assert run("models", "remove", "mine") == (0, "removed mine\n", "")
    assert "yours" not in run("models", "list")[1]


def test_quantizing_without_images_to_choose_thresholds_on_is_refused(
    run: CommandLine, own_models: Path, tmp_path: Path
) -> None:
    code, out, err = run("models", "quantize", DEFAULT_MODEL, tmp_path, "--name", "q")
    assert (code, out) == (1, "")
    assert "quantize needs images to choose thresholds on" in err
    assert not own_models.exists()
