"""The status line shows its whole text at any width."""

from __future__ import annotations

from napari_nuclei.widgets.shared.form import column
from napari_nuclei.widgets.shared.status import StatusPanel

LONG = "held-out 3 nuclei: F1 0.40 with nuclei, 0.80 with mine; " * 4


def test_the_status_is_as_high_as_its_text_at_any_width(qtbot) -> None:
    status_panel = StatusPanel()
    dock = column(status_panel.controls)
    qtbot.addWidget(dock.native)
    status = status_panel.status.native
    line = status.fontMetrics().lineSpacing()

    def fits() -> bool:
        needed = max(2 * line, status.heightForWidth(status.width()))
        return status.minimumHeight() == needed <= status.height()

    dock.native.resize(400, 300)
    dock.native.show()
    status_panel.show_message("Ready.")
    qtbot.waitUntil(fits)
    assert status.minimumHeight() == 2 * line
    status_panel.show_message(LONG)
    qtbot.waitUntil(fits)
    wide = status.minimumHeight()
    assert wide > 2 * line
    dock.native.resize(200, 300)
    qtbot.waitUntil(fits)
    assert status.minimumHeight() > 1.5 * wide


def test_an_action_is_run_once_and_hidden_by_a_new_message(qtbot) -> None:
    status_panel = StatusPanel()
    dock = column(status_panel.controls)
    qtbot.addWidget(dock.native)
    dock.native.show()
    calls = []
    status_panel.offer_action("Run again", lambda: calls.append("run"))
    button = status_panel.action_button.native
    assert not button.isHidden()
    button.click()
    assert calls == ["run"]
    assert button.isHidden()
    status_panel.offer_action("Run again", lambda: calls.append("run"))
    status_panel.show_message("Something else.")
    assert button.isHidden()
