"""Record the corrections of each layer in a log; without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.core.correct.log import CorrectionLog
from napari_nuclei.io.corrections.correction_log import write_corrections

if TYPE_CHECKING:
    from napari_nuclei.widgets.correct.correct_session import CorrectionSession


class LogRecorder:
    """The corrections of a session: what, where and when.

    A log begins when the dock first sees the layer; one of replaced data is new.

    Parameters
    ----------
    session : CorrectionSession
    """

    def __init__(self, session: CorrectionSession) -> None:
        self._session = session
        self._logs: WeakKeyDictionary[Any, CorrectionLog] = WeakKeyDictionary()
        self._data: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._accepted: frozenset[int] = frozenset()
        session.edited.connect(self._on_edited)
        session.undone.connect(self._on_undone)
        session.accepted.connect(self._on_accepted)
        session.layer_changed.connect(self._on_layer)
        self._on_layer()

    @property
    def log(self) -> CorrectionLog | None:
        """The log of the layer; None without a layer."""
        layer = self._session.layer
        if layer is None:
            return None
        if layer not in self._logs or self._data[layer] != id(layer.data):
            shape = tuple(int(size) for size in layer.data.shape)
            self._logs[layer] = CorrectionLog(shape)
            self._data[layer] = id(layer.data)
        return self._logs[layer]

    def save(self, path: Path) -> int:
        """Write the log of the layer as JSON, and return its number of entries.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If nothing was corrected.
        """
        log = self.log
        if log is None or not len(log):
            raise ValueError("Nothing was corrected yet, so there is no log to save.")
        write_corrections(log, path)
        return len(log)

    def _on_layer(self) -> None:
        layer = self._session.layer
        self._accepted = frozenset()
        if layer is not None and not layer.multiscale:
            self._accepted = frozenset(self._session.state.accepted)
            assert self.log is not None  # begins here

    def _on_edited(self, edit: Edit) -> None:
        if self.log is not None:
            self.log.add(edit)

    def _on_undone(self, edit: Edit) -> None:
        if self.log is not None:
            self.log.add(edit.inverse())

    def _on_accepted(self, accepted: frozenset[int]) -> None:
        new = sorted(accepted - self._accepted)
        self._accepted = accepted
        if self.log is not None and new:
            self.log.accept(new)
