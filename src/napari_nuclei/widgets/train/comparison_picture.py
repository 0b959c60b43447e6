"""Show the held-out nuclei as the baseline and the new model find them."""

from __future__ import annotations

from pathlib import Path

from magicgui.widgets import Container, Widget
from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import QDialog, QLabel, QSizePolicy, QVBoxLayout

from napari_nuclei.evaluation.model_comparison import BASE_COLOUR, NEW_COLOUR
from napari_nuclei.widgets.shared.event_callback import EventCallback
from napari_nuclei.widgets.shared.form import keep_height

PICTURE_HEIGHT = 150
"""Largest height in the dock, in screen pixels."""

SCREEN_FRACTION = 0.8
"""Size of the enlarged picture, as a fraction of the screen."""


class ComparisonPicture(Container[Widget]):
    """Show the picture of a comparison in the width of the dock; a click enlarges it.

    Attributes
    ----------
    caption, picture : QLabel
    enlarged : QDialog, optional
        The window with the large picture, once it was opened.
    """

    def __init__(self) -> None:
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        keep_height(self)
        self._pixmap = QPixmap()
        self._title = ""
        self.enlarged: QDialog | None = None
        self.caption, self.picture = QLabel(), QLabel()
        self.caption.setWordWrap(True)
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setCursor(Qt.CursorShape.PointingHandCursor)
        self.picture.setToolTip("Click to enlarge.")
        # As wide as the dock, which the picture must not widen.
        self.picture.setSizePolicy(
            QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
        )
        for label in (self.caption, self.picture):
            self.native.layout().addWidget(label)
        self.picture.mouseReleaseEvent = lambda event: self.enlarge()
        EventCallback(self, QEvent.Type.Resize, self._scale)

    def show_picture(self, path: Path, base: str, name: str) -> bool:
        """Show a picture file, if it exists; return whether it does.

        Parameters
        ----------
        path : Path
        base, name : str
            Names of the baseline, on the left, and of the new model, on the right.
        """
        self._pixmap = QPixmap(str(path))
        self.visible = not self._pixmap.isNull()
        self._title = f"Held-out nuclei: {base} | {name}"
        left, right = (f"rgb{colour}" for colour in (BASE_COLOUR, NEW_COLOUR))
        self.caption.setText(
            f'Held-out nuclei, white as painted: left <b style="color:{left}">{base}'
            f'</b>, right <b style="color:{right}">{name}</b>'
        )
        self._scale()
        return bool(self.visible)

    def clear(self) -> None:
        """Remove the picture."""
        self._pixmap = QPixmap()
        self.visible = False

    def enlarge(self) -> None:
        """Open the picture in a window of its own."""
        if self._pixmap.isNull():
            return
        self.enlarged = dialog = QDialog(self.native)
        dialog.setWindowTitle(self._title)
        large = QLabel()
        screen = self.native.screen().availableSize() * SCREEN_FRACTION
        large.setPixmap(scaled(self._pixmap, screen))
        QVBoxLayout(dialog).addWidget(large)
        dialog.open()

    def _scale(self) -> None:
        if not self._pixmap.isNull():
            size = QSize(max(self.native.width(), 1), PICTURE_HEIGHT)
            small = scaled(self._pixmap, size)
            self.picture.setPixmap(small)
            # Layouts of docks support no heights that depend on the width.
            self.picture.setMinimumHeight(small.height())
            width = self.native.width()
            self.caption.setMinimumHeight(max(self.caption.heightForWidth(width), 0))


def scaled(pixmap: QPixmap, size: QSize) -> QPixmap:
    """Return a pixmap scaled into a size, with its proportions."""
    return pixmap.scaled(
        size,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
