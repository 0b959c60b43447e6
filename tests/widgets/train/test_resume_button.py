from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_nuclei.widgets.train.resume_button import ResumeButton


@pytest.fixture
def interrupt(own_models: Path):
    """Return a function that leaves the files of an interrupted training."""

    def leave(name: str, seconds: int) -> None:
        folder = own_models / ".training" / name
        folder.mkdir(parents=True)
        for file in ("order.json", "annotations.npz"):
            (folder / file).touch()
        os.utime(folder / "order.json", (seconds, seconds))

    return leave


def test_the_button_names_the_latest_training(qapp, interrupt) -> None:
    button = ResumeButton()
    button.update_name(running=False)
    assert (button.text, button.enabled, button.hint) == ("Resume", False, "")
    interrupt("mine", 200)
    interrupt("older", 100)
    button.update_name(running=False)
    assert (button.text, button.enabled) == ("Resume mine", True)
    assert "training of mine" in button.tooltip
    assert button.hint.startswith("The training of mine was interrupted")
    button.update_name(running=True)
    assert (button.text, button.enabled) == ("Resume mine", False)


def test_a_long_name_is_cut_in_the_middle(qapp, interrupt) -> None:
    interrupt("nuclei-of-the-second-plate", 100)
    button = ResumeButton()
    button.update_name(running=False)
    assert button.text == "Resume nuclei…-plate"
    assert button.training_name == "nuclei-of-the-second-plate"
    assert "nuclei-of-the-second-plate" in button.tooltip
