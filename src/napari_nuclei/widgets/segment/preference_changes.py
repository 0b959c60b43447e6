"""Show in an open dock what the user changes in napari's preferences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.compat import isalive
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.segment import form_settings

DELAY_MS = 300
"""Time without another change after which preferences are shown, in milliseconds. The
page of the preferences changes a setting with every key that is typed."""


class PreferenceChanges:
    """Save settings of a dock, and report changes of them in napari's preferences.

    Parameters
    ----------
    owner : QWidget
        The dock. Nothing is reported after it was destroyed.
    show : callable
        Called with the settings that are set, and the names of the changed settings.
    """

    def __init__(
        self, owner: QWidget, show: Callable[[dict[str, Any], set[str]], object]
    ) -> None:
        self._owner, self._show = owner, show
        self._section = form_settings.plugin_section()
        self._timer = QTimer(owner)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._report)
        self._reported = self._values()
        if self._section is not None:
            self._section.events.connect(self._changed)

    def save(self, values: dict[str, Any]) -> None:
        """Save the settings of the dock, which it need not show again."""
        form_settings.save_settings(values)
        self._reported = self._values()

    def _values(self) -> dict[str, Any]:
        return {} if self._section is None else dict(self._section.model_dump())

    def _changed(self, event: object = None) -> None:
        if isalive(self._owner):
            self._timer.start()

    def _report(self) -> None:
        now = self._values()
        names = {name for name in now if now[name] != self._reported.get(name)}
        self._reported = now
        if names:
            self._show(form_settings.as_values(now), names)
