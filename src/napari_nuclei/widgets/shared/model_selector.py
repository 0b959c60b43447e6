"""The list of models, with a menu to import, export, rename and remove them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from magicgui.widgets import Container, Widget
from qtpy.QtCore import QFileSystemWatcher
from qtpy.QtWidgets import QFileDialog, QInputDialog, QMenu, QMessageBox, QToolButton

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.model.exchange import export_model, import_model
from napari_nuclei.model.selftest import run_self_test
from napari_nuclei.model.store import (
    ModelEntry,
    find_model,
    list_models,
    models_folder,
)
from napari_nuclei.model.user_models import (
    get_preferred_model,
    remove_model,
    rename_model,
)
from napari_nuclei.widgets.shared.broken_models import BrokenModels
from napari_nuclei.widgets.shared.form import combo, row
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback
from napari_nuclei.widgets.shared.worker import Worker

MODEL_FILE_FILTER = "Models (*.zip *.keras)"


class ModelSelector(Container[Widget]):
    """A combo of models and a menu, above a line on models that cannot be loaded.

    Attributes
    ----------
    combo : ComboBox
        The names of the models.
    broken : BrokenModels
    menu : QMenu
        Import, export, rename, remove, and show the model card.
    show_message : callable
        Called with the outcome of an export, a renaming or a removal.
    """

    def __init__(self) -> None:
        self.show_message: Callable[[str], object] = lambda text: None
        self.combo = combo(
            "model", model_names, "The trained model that finds the nuclei."
        )
        self.broken = BrokenModels()
        choice = row([self.combo])
        super().__init__(
            name="models",
            label="Model",
            widgets=[choice, self.broken.line],
            labels=False,
        )
        self.margins = (0, 0, 0, 0)
        button = QToolButton()
        button.setText("\u22ef")  # an ellipsis in the middle of the line
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        button.setFixedWidth(28)
        button.setToolTip(
            "Import, export, rename or remove a model, or show its model card."
        )
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(button)
        self.import_file = self.menu.addAction("Import from a file...")
        self.import_folder = self.menu.addAction("Import from a folder...")
        self.export_action = self.menu.addAction("Export this model...")
        self.rename_action = self.menu.addAction("Rename this model...")
        self.remove_action = self.menu.addAction("Remove this model...")
        self.about = self.menu.addAction("About this model")
        button.setMenu(self.menu)
        choice.native.layout().addWidget(button)
        self.menu.aboutToShow.connect(self._enable_actions)
        self.about.triggered.connect(self.show_card)
        self.export_action.triggered.connect(self._export)
        self.rename_action.triggered.connect(self._rename)
        self.remove_action.triggered.connect(self._remove)
        # Models that are trained or imported elsewhere are listed at once.
        self._watcher = QFileSystemWatcher(self.native)
        self._watcher.directoryChanged.connect(self.refresh)
        self._exporter = Worker(self.native)
        self._exporter.finished.connect(lambda text: self.show_message(text))
        self._exporter.failed.connect(lambda text: self.show_message(text))
        self.refresh()
        if get_preferred_model() in self.combo.choices:
            self.combo.value = get_preferred_model()

    @property
    def entry(self) -> ModelEntry:
        """The chosen model.

        Raises
        ------
        OSError, ValueError
            If there is no model, or it was removed.
        """
        if self.combo.value is None:
            raise ValueError("There is no model. Train or import one first.")
        return find_model(self.combo.value)

    def refresh(self) -> None:
        """List the existing models; the selection does not change."""
        folder = models_folder()
        with suppress(OSError):  # without the right to write there are no new models
            folder.mkdir(parents=True, exist_ok=True)
        if folder.is_dir() and str(folder) not in self._watcher.directories():
            self._watcher.addPath(str(folder))
        self.combo.reset_choices()
        self.broken.refresh()

    def show_tooltip(self) -> None:
        """Set the tooltip of the combo to the model card."""
        self.combo.tooltip = card_text(self.entry.card)

    def show_card(self) -> None:
        """Open a window with the card of the selected model."""
        try:
            entry = self.entry
        except (OSError, ValueError) as error:
            self.show_message(format_error(error))
            return
        box = QMessageBox(self.native)
        box.setWindowTitle(f"Model {entry.name}")
        box.setText(card_text(entry.card))
        box.setInformativeText(f"Folder: {entry.folder}")
        box.open()

    def ask_file(self) -> Path | None:
        """Ask for a model file; None if the dialog was cancelled."""
        name, _ = QFileDialog.getOpenFileName(
            self.native,
            "Choose a zip of a model, or a .keras file",
            "",
            MODEL_FILE_FILTER,
        )
        return Path(name) if name else None

    def ask_folder(self) -> Path | None:
        """Ask for the folder of a model; None if the dialog was cancelled."""
        name = QFileDialog.getExistingDirectory(
            self.native, "Choose the folder of a model"
        )
        return Path(name) if name else None

    def ask_name(self, name: str) -> str | None:
        """Ask for a new name of a model; None if it stays the same."""
        new, given = QInputDialog.getText(
            self.native, "Rename a model", f"New name of {name}:", text=name
        )
        return new.strip() if given and new.strip() != name else None

    def ask_zip(self, name: str) -> Path | None:
        """Ask for the zip file to export to; None if the dialog was cancelled."""
        chosen, _ = QFileDialog.getSaveFileName(
            self.native, f"Export {name}", f"{name}.zip", "Models (*.zip)"
        )
        return Path(chosen) if chosen else None

    def ask_remove(self, name: str) -> bool:
        """Return whether the user confirms the removal of a model."""
        answer = QMessageBox.question(
            self.native,
            "Remove a model",
            f"Delete the model {name} and all its files? This cannot be undone.",
        )
        return bool(answer == QMessageBox.StandardButton.Yes)

    def _rename(self) -> None:
        try:
            name = self.entry.name
            new = self.ask_name(name)
            if new is None:
                return
            rename_model(name, new)
        except (OSError, ValueError) as error:
            self.show_message(format_error(error))
            return
        self.refresh()
        self.combo.value = new
        self.show_message(f"Renamed {name} to {new}.")

    def _remove(self) -> None:
        try:
            name = self.entry.name
            if not self.ask_remove(name):
                return
            remove_model(name)
        except (OSError, ValueError) as error:
            self.show_message(format_error(error))
            return
        self.refresh()
        self.show_message(f"Removed {name}.")

    def _export(self) -> None:
        try:
            name = self.entry.name
        except (OSError, ValueError) as error:
            self.show_message(format_error(error))
            return
        path = self.ask_zip(name)
        if path is None:
            return

        def work(report: ProgressCallback) -> str:
            # The dialog has asked whether to replace an existing file.
            export_model(name, path, overwrite=True)
            return f"Exported {name} to {path}."

        self.show_message(f"Exporting {name}")
        self._exporter.start(work, f"Export of {name}")

    def _enable_actions(self) -> None:
        selected = own = False
        with suppress(OSError, ValueError):  # no model, or it was removed
            own = not self.entry.bundled
            selected = True
        for action in (self.about, self.export_action):
            action.setEnabled(selected)
        for action in (self.rename_action, self.remove_action):
            action.setEnabled(own)


def model_names(_: Any) -> list[str]:
    """Return the names of all models, for the combo."""
    return [entry.name for entry in list_models()]


def card_text(card: ModelCard) -> str:
    """Return a summary of a model card in a few lines: data, diameter, accuracy."""
    lines = [f"{card.name}, version {card.version}", card.description]
    lines.append(f"Trained for nuclei about {card.diameter:.3g} px wide.")
    data = card.training.get("data")
    if data:
        lines.append(f"Trained on: {data}")
    pooled = card.metrics.get("pooled", {})
    names = {"ap_50": "AP50", "f1_50": "F1", "pixel_dice": "Dice"}
    accuracy = [
        f"{name} {pooled[key]:.3f}" for key, name in names.items() if key in pooled
    ]
    if accuracy:
        images = card.metrics.get("images")
        on = f" on {counted(images, 'image')}" if images else ""
        lines.append(f"Validation{on}: {', '.join(accuracy)}")
    return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class Imported:
    """The name of an imported model, and a message for the user."""

    name: str
    message: str


def import_and_test(path: Path, report: ProgressCallback) -> Imported:
    """Import a model and run its self-test; called in a thread.

    A `.keras` file is converted in a child process: napari must not load TensorFlow,
    whose libraries crash with some OpenGL drivers.

    Raises
    ------
    OSError, ValueError
        If it is not a model, or not safe to use.
    """
    report(Progress(0, 0, f"Importing {path.name}"))
    if path.suffix != ".keras":
        entry = import_model(path)
        report(Progress(0, 0, "Running the self-test"))
        test = run_self_test(entry)
        summary = f"; {test.summary()}" if test else ""
        return Imported(entry.name, f"Imported {entry.name}{summary}.")
    before = {entry.name for entry in list_models()}
    command = [sys.executable, "-m", "napari_nuclei.cli", "models", "import", str(path)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        lines = process.stderr.strip().splitlines() or ["The import failed"]
        raise ValueError(lines[-1].removeprefix("napari-nuclei: "))
    new = [entry.name for entry in list_models() if entry.name not in before]
    name = new[0] if new else path.stem
    return Imported(name, f"Imported {name}.")
