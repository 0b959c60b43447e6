from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from napari_nuclei.cli.doctor import models, tasks
from napari_nuclei.io import optional_packages

CommandLine = Callable[..., tuple[int, str, str]]


def sections(text: str) -> dict[str, list[str]]:
    """Return the lines of each section of the output."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("  "):
            found[list(found)[-1]].append(line.strip())
        else:
            found[line] = []
    return found


def test_a_complete_installation_has_no_problem(
    run: CommandLine, own_models: Path
) -> None:
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    found = sections(out)
    assert list(found) == ["Computer", "Packages", "Models", "Folders", "Tasks"]
    assert any(line.endswith(" cores") for line in found["Computer"])
    assert any(line.startswith("numpy ") for line in found["Packages"])
    assert [line.split(",")[0] for line in found["Models"]] == [
        "nuclei (bundled): loads",
        "nuclei-fast (bundled): loads",
    ]
    assert str(own_models) in "".join(found["Folders"])
    assert found["Tasks"][0] == "training: yes"


def test_what_is_missing_has_the_command_that_brings_it(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (tasks, optional_packages):
        monkeypatch.setattr(module, "is_installed", lambda package: package == "zarr")
    code, out, _ = run("doctor")
    assert code == 0
    found = sections(out)["Tasks"]
    assert "pip install tensorflow" in found[0]
    assert (
        "OME-Zarr and zarr: no, without ome_zarr: python -m pip install "
        "'napari-nuclei[large]'"
    ) in found
    assert not any(line.endswith(": yes") for line in found)


def test_a_damaged_bundled_model_ends_with_code_1(
    run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> None:
        raise ValueError("model.tflite is damaged")

    monkeypatch.setattr(models, "load_segmenter", fail)
    code, out, _ = run("doctor")
    assert code == 1
    assert "nuclei (bundled): does not load, model.tflite is damaged" in out
    assert out.endswith("install napari-nuclei again\n")
