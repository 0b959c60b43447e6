from __future__ import annotations

import pytest
from qtpy.QtWidgets import QMainWindow

from napari_nuclei.model.user_models import get_preferred_model
from napari_nuclei.widgets.folder.segment_settings import (
    settings_of,
    settings_of_window,
)
from napari_nuclei.widgets.segment.form_settings import save_settings


@pytest.mark.usefixtures("network")
def test_without_the_dock_the_settings_are_those_of_its_last_session(qtbot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    assert settings_of_window(window) == {"model": get_preferred_model()}
    save_settings({"model": "discs", "min_size": 40.0, "outlines": True})
    assert settings_of_window(window) == {"model": "discs", "min_size": 40.0}


def test_only_changed_settings_are_stored() -> None:
    settings = {"diameter": "auto", "drop_border": True, "correct": False}
    assert settings_of("mine", 2, settings) == {
        "model": "mine",
        "channel": 2,
        "drop_border": True,
        "correct": False,
    }
