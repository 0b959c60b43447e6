from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.model.store import DEFAULT_MODEL

CommandLine = Callable[..., tuple[int, str, str]]


def test_every_action_works_on_a_model(
    run: CommandLine, own_models: Path, tmp_path: Path
) -> None:
    code, out, err = run("models", "export", DEFAULT_MODEL, tmp_path)
    assert (code, out.strip(), err) == (0, str(tmp_path / f"{DEFAULT_MODEL}.zip"), "")
    path = tmp_path / f"{DEFAULT_MODEL}.zip"
    code, out, _ = run("models", "import", path, "--name", "mine")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == f"Imported mine into {own_models / 'mine'}"
    assert lines[1].startswith("self-test ok: ")
    code, out, _ = run("models", "list")
    assert code == 0
    origin = {line.split()[0]: line.split()[1] for line in out.splitlines()}
    assert (origin[DEFAULT_MODEL], origin["mine"]) == ("bundled", "yours")
    assert str(own_models) in out
    code, out, _ = run("models", "info", "mine")
    assert (code, json.loads(out)["name"]) == (0, "mine")
    words = ("models", "rename", "mine", "ours")
    assert run(*words) == (0, "Renamed mine to ours\n", "")
    assert json.loads(run("models", "info", "ours")[1])["name"] == "ours"
    assert run("models", "remove", "ours") == (0, "Removed ours\n", "")
    assert "yours" not in run("models", "list")[1]


def test_importing_a_model_that_finds_other_nuclei_prints_a_warning(
    run: CommandLine, tmp_path: Path
) -> None:
    run("models", "export", DEFAULT_MODEL, "whole.zip")
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    test = tmp_path / "unpacked" / DEFAULT_MODEL / "selftest.npz"
    with np.load(test) as file:
        parts = {**file, "labels": np.zeros_like(file["labels"])}
    np.savez(test, **parts)
    code, _, err = run("models", "import", test.parent, "--name", "mine")
    assert code == 0
    assert err.startswith("self-test differs: 0 nuclei expected, ")


def test_the_old_name_of_info_works_and_prints_one_line(run: CommandLine) -> None:
    code, out, err = run("models", "show", DEFAULT_MODEL)
    assert (code, err) == (0, "napari-nuclei: show is now info\n")
    assert out == run("models", "info", DEFAULT_MODEL)[1]


def test_a_model_named_like_an_old_action_is_found(run: CommandLine) -> None:
    code, _, err = run("models", "info", "show")
    assert code == 1
    assert "There is no model show" in err
    assert "is now" not in err


def test_broken_models_are_rows_of_the_list(run: CommandLine, own_models: Path) -> None:
    cards = {
        "deep": "[" * 100_000,
        "coloured": '{"name": "a", "description": "\\u001b[2Jred\\ncells"}',
        "odd": '{"name": "\\u001b[2J", "min_size": "\\u001b[2J"}',
    }
    for name, text in cards.items():
        (own_models / name).mkdir(parents=True)
        (own_models / name / "card.json").write_text(text)
    (own_models / "esc\x1b[2Jape").mkdir()
    code, out, err = run("models", "list")
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    rows = {line.split()[0]: line.split()[1] for line in out.splitlines()[:-1]}
    assert rows == {
        "nuclei": "bundled",
        "nuclei-fast": "bundled",
        "coloured": "yours",
        "deep": "broken",
        "escape": "broken",
        "odd": "broken",
    }
    assert "yours    red cells\n" in out


def test_a_folder_of_models_that_cannot_be_read_is_named(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", "/" + "x" * 300)
    code, out, err = run("models", "list")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("nuclei")
    assert out.splitlines()[-1].startswith("Your own models cannot be read: /xxx")
    assert run("models", "info", "nuclei")[0] == 0
