"""Save corrections as they are made, and offer them after a crash; without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from platformdirs import user_data_path
from psygnal import Signal

from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.io.correction_journal import (
    CorrectionJournal,
    JournalRecord,
    checksum,
    find_journals,
    remove_journals,
    replay,
)
from napari_nuclei.widgets.correct.restore_offer import (
    RestoreOffer,
    last_accepted,
    make_offer,
)
from napari_nuclei.widgets.layers.layer_corrections import predicted_labels
from napari_nuclei.widgets.layers.layer_identity import describe_layer, layer_key

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.widgets.correct.correct_session import CorrectionSession


def corrections_folder() -> Path:
    """Return the folder in which corrections are saved as they are made."""
    return user_data_path("napari-nuclei", appauthor=False) / "corrections"


class CorrectionSaver:
    """Write every correction of a session to a journal, and restore journals.

    Parameters
    ----------
    session : CorrectionSession
    folder : Path, optional
        Folder of the journals; by default that of the user's data.

    Attributes
    ----------
    offer : RestoreOffer, optional
        Corrections of an earlier session that the layer does not have.
    """

    offered = Signal(object)
    """A `RestoreOffer`, or None if there is nothing to restore (any more)."""

    def __init__(self, session: CorrectionSession, folder: Path | None = None) -> None:
        self._session = session
        self._folder = corrections_folder() if folder is None else folder
        self._journal: CorrectionJournal | None = None
        self._layer: napari.layers.Labels | None = None
        self._key = ""
        self._count = 1
        self._failed = False
        self.offer: RestoreOffer | None = None
        session.edited.connect(self._on_edited)
        session.undone.connect(self._on_undone)
        session.accepted.connect(self._on_accepted)
        session.layer_changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Identify the layer of the session, and look for earlier corrections."""
        layer = self._session.layer
        key = "" if layer is None else layer_key(self._session.viewer, layer)
        if key and key == self._key and layer is self._layer:
            return  # the layer has other data now; its corrections go on
        self._stop()
        self._layer, self._key = layer, key
        offer = None
        if layer is not None and key:
            saved = tuple(find_journals(self._folder, key))
            offer = make_offer(layer, saved)
        self._show(offer)

    def restore(self) -> None:
        """Write the offered corrections into the layer, as one step of napari's undo.

        They are saved again with the corrections that follow.
        """
        offer, layer = self.offer, self._session.layer
        if offer is None or layer is None:
            return
        labels = np.array(layer.data)
        left_out = replay(labels, offer.records)
        changed = np.nonzero(labels != layer.data)
        # One correction of the new journal stands for all that are restored.
        self._count = offer.count
        try:
            if len(changed[0]):
                layer.data_setitem(changed, labels[changed])
        finally:
            self._count = 1
        accepted = last_accepted(offer.records)
        if accepted:
            present = np.unique(labels).tolist()
            self._session.accept(set(accepted).intersection(present))
        if self._failed:  # the earlier files still hold them
            return
        remove_journals([corrections.path for corrections in offer.saved])
        self._show(None)
        done = f"Restored {offer.amount}."
        if left_out:
            done = (
                f"Restored, but {left_out} of {len(offer.records)} recorded steps did "
                "not fit the labels as they are now and were left out."
            )
        self._session.message_sent.emit(done)

    def discard(self) -> None:
        """Remove the offered corrections for good."""
        if self.offer is not None:
            remove_journals([corrections.path for corrections in self.offer.saved])
            self._show(None)

    def close(self) -> None:
        """Stop saving; what was saved stays on the disk."""
        session = self._session
        session.edited.disconnect(self._on_edited)
        session.undone.disconnect(self._on_undone)
        session.accepted.disconnect(self._on_accepted)
        session.layer_changed.disconnect(self.follow)
        self._stop()

    def _show(self, offer: RestoreOffer | None) -> None:
        self.offer = offer
        self.offered.emit(offer)

    def _stop(self) -> None:
        if self._journal is not None:
            self._journal.close()
        self._journal, self._failed = None, False

    def _on_edited(self, edit: Edit) -> None:
        changed = edit.changed
        before, after = edit.before[changed], edit.after[changed]
        self._append(
            JournalRecord(
                kind=edit.kind,
                count=self._count,
                region=edit.region,
                changed=changed,
                values=after,
                before=checksum(before),
            )
        )

    def _on_undone(self, edit: Edit) -> None:
        changed = edit.changed
        before, after = edit.before[changed], edit.after[changed]
        self._append(
            JournalRecord(
                kind="undo",
                count=-1,
                region=edit.region,
                changed=changed,
                values=before,
                before=checksum(after),
            )
        )

    def _on_accepted(self, accepted: frozenset[int]) -> None:
        self._append(JournalRecord("accept", 0, accepted=tuple(sorted(accepted))))

    def _append(self, record: JournalRecord) -> None:
        layer = self._session.layer
        if layer is not self._layer:  # its undone steps are found before it is followed
            self.follow()
        if layer is None or not self._key or self._failed:
            return
        try:
            if self._journal is None:
                if predicted_labels(layer) is not None:  # sliders may have changed it
                    self._key = layer_key(self._session.viewer, layer)
                self._journal = CorrectionJournal(
                    self._folder, self._key, describe_layer(layer)
                )
            self._journal.append(record)
        except OSError as error:
            self._failed = True
            reason = error.strerror or str(error)
            self._session.message_sent.emit(
                f"Corrections cannot be saved as you make them ({reason}: "
                f"{self._folder}). Save the layer from time to time."
            )
