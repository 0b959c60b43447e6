"""Save the table and the outlines of the nuclei; copy the measuring as code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from magicgui.widgets import CheckBox, ComboBox, PushButton
from numpy.typing import NDArray
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.writer import Writer
from napari_nuclei.io.writers import find_writers
from napari_nuclei.widgets.contributions.napari_writers import complete_path
from napari_nuclei.widgets.layers.layer_classes import CLASS_COLOURS
from napari_nuclei.widgets.nuclei.live.matching_images import labels_data
from napari_nuclei.widgets.nuclei.measuring_code import command_line, python_code
from napari_nuclei.widgets.shared.fold import Fold

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.widgets.nuclei.table_session import TableSession

FORMATS = {
    "CSV table": "csv",
    "Parquet table": "parquet",
    "GeoJSON outlines (QuPath)": "geojson",
    "ImageJ ROIs": "rois",
}
"""Formats of `io.writers` by what the dock calls them."""


class SaveSection(Fold):
    """Save the nuclei in a format; copy what was measured as a command or Python.

    Parameters
    ----------
    session : TableSession
    """

    def __init__(self, session: TableSession) -> None:
        self._session = session
        self.format = ComboBox(
            name="format",
            label="Format",
            choices=list(FORMATS),
            tooltip="Tables hold all columns; outlines hold them too, for QuPath.",
        )
        self.only_shown = CheckBox(
            name="only_shown",
            text="Only the rows shown",
            tooltip="Leave out nuclei that the filters hide.",
        )
        self.save_button = PushButton(
            text="Save…", tooltip="Choose a file and save the nuclei."
        )
        self.command = PushButton(
            text="Copy command",
            tooltip="Copy a command line that measures the same.",
        )
        self.python = PushButton(
            text="Copy Python",
            tooltip="Copy Python code that measures the same.",
        )
        super().__init__(
            "Save and copy",
            [self.format, self.only_shown, self.save_button],
            "Save the table or the outlines.",
            footer=[self.command, self.python],
        )
        self.save_button.changed.connect(self._ask_and_save)
        self.command.changed.connect(
            lambda: self._copy(
                command_line(session),
                "Copied the command. Paste it into a terminal.",
            )
        )
        self.python.changed.connect(
            lambda: self._copy(
                python_code(session),
                "Copied the code. Paste it into a notebook or script.",
            )
        )
        session.changed.connect(self._enable)
        self._enable()

    @property
    def writer(self) -> Writer:
        """The writer of the chosen format."""
        (writer,) = find_writers([FORMATS[self.format.value]])
        return writer

    def save(self, path: Path) -> None:
        """Save the nuclei; show a message, also if it fails.

        Parameters
        ----------
        path : Path
            Without a suffix it gets that of the format; the suffix of another format
            counts more than the chosen one.
        """
        session = self._session
        try:
            completed, writer = complete_path(str(path), self.writer)
            path = Path(completed)
            write_atomic(path, encode(session, writer, self.only_shown.value))
        except USER_ERRORS as error:
            session.message_sent.emit(format_error(error))
            return
        rows = session.rows if self.only_shown.value else session.frame.index
        session.message_sent.emit(f"Saved {counted(len(rows), 'nucleus')} in {path}")

    def _ask_and_save(self) -> None:
        layer, writer = self._session.labels_layer, self.writer
        if layer is None:
            return
        proposed = layer.name.replace("/", "-").replace("\\", "-") + writer.suffix
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save nuclei", proposed, f"{self.format.value} (*{writer.suffix})"
        )
        if chosen:
            self.save(Path(chosen))

    def _copy(self, text: str, message: str) -> None:
        QApplication.clipboard().setText(text)
        self._session.message_sent.emit(message)

    def _enable(self) -> None:
        ready = self._session.live.request is not None
        for button in (self.save_button, self.command, self.python):
            button.enabled = ready


def encode(session: TableSession, writer: Writer, only_shown: bool) -> bytes:
    """Return the nuclei of a session as the bytes of a file.

    Raises
    ------
    ModuleNotFoundError, ValueError
        If a package is missing, or the format cannot hold the nuclei.
    """
    writer.check_installed()
    if session.labels_layer is None:
        raise ValueError("There are no nuclei to save. Choose a Labels layer first")
    frame: pd.DataFrame = session.frame
    labels = np.asarray(labels_data(session.labels_layer))
    if only_shown:
        frame = frame[session.shown]
        labels = keep_rows(labels, frame, session.axes)
    layout = make_layout(labels.shape, session.axes)
    writer.check_layout(layout)
    image = LabelledImage(
        labels,
        layout,
        session.pixel_side,
        colours=session.labels_layer.metadata.get(CLASS_COLOURS),
    )
    return writer.encode(image.with_table(plain_table(frame)))


def keep_rows(
    labels: NDArray[np.integer], frame: pd.DataFrame, axes: str
) -> NDArray[np.integer]:
    """Return labels without the nuclei that a table lacks."""
    from napari_nuclei.widgets.nuclei.live.measuring import stack_columns

    planes = stack_columns(frame, axes)
    if not planes or len(planes) < len(axes) - 2:  # joined, or a single plane
        return np.where(np.isin(labels, frame.index.to_numpy()), labels, 0)
    filtered = np.zeros_like(labels)
    for index, rows in frame.groupby(planes):
        plane = labels[index]
        filtered[index] = np.where(np.isin(plane, rows.index.to_numpy()), plane, 0)
    return filtered


def plain_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with types that files can hold: categories become text."""
    types = {
        name: str for name, column in frame.items() if column.dtype.name == "category"
    }
    return frame.astype(types)
