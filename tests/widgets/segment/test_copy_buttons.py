"""Buttons that copy a run as code."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QApplication

pytestmark = pytest.mark.usefixtures("network")


def test_the_run_is_copied_as_code(opened, run, spots) -> None:
    _, widget = opened(spots[0])
    assert not widget.form.copy_buttons.python.enabled
    run(widget)
    widget.form.copy_buttons.python.native.click()
    assert "load_segmenter('discs')" in QApplication.clipboard().text()
    widget.form.copy_buttons.command.native.click()
    assert QApplication.clipboard().text().startswith("napari-nuclei segment")
