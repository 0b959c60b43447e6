"""The row of the Correct dock that offers the corrections of an earlier session."""

from __future__ import annotations

from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_nuclei.io.correction_journal import MAX_AGE_DAYS
from napari_nuclei.widgets.correct.restore_offer import RestoreOffer
from napari_nuclei.widgets.correct.saving import CorrectionSaver


class RestoreRow(QWidget):  # type: ignore[misc]
    """Show what can be restored, with a button to restore and one to discard it.

    Parameters
    ----------
    saver : CorrectionSaver

    Attributes
    ----------
    line : QLabel
    restore, discard : QPushButton
    """

    def __init__(self, saver: CorrectionSaver) -> None:
        super().__init__()
        self.line = QLabel()
        self.line.setWordWrap(True)
        self.restore = QPushButton("Restore")
        self.restore.setToolTip(
            "Make these corrections again. Ctrl+Z takes them back in one step."
        )
        self.discard = QPushButton("Discard")
        self.discard.setToolTip(
            "Delete these corrections for good. Otherwise they are offered again, for "
            f"{MAX_AGE_DAYS:.0f} days."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        buttons = QHBoxLayout()
        layout.addLayout(buttons)
        for button, action in (
            (self.restore, saver.restore),
            (self.discard, saver.discard),
        ):
            buttons.addWidget(button)
            button.clicked.connect(lambda _, action=action: action())
        saver.offered.connect(self.show_offer)
        self.show_offer(saver.offer)

    def show_offer(self, offer: RestoreOffer | None) -> None:
        """Show an offer; hide the row without one."""
        self.line.setText("" if offer is None else offer.text)
        self.setVisible(offer is not None)
