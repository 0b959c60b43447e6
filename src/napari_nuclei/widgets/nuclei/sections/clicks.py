"""The section that learns classes from clicks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import LineEdit, PushButton
from qtpy.QtCore import QTimer

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.widgets.nuclei.sections.ask_file import ask_open, ask_save
from napari_nuclei.widgets.nuclei.sections.click_examples import (
    MAX_CLASSES,
    ClickExamples,
    clicked_only,
    predict_classes,
)
from napari_nuclei.widgets.nuclei.sections.section import Section
from napari_nuclei.widgets.nuclei.sections.shown_nuclei import shown_nuclei
from napari_nuclei.widgets.nuclei.sections.written_classes import (
    CLASS,
    WrittenClasses,
    colours_of_classes,
)
from napari_nuclei.widgets.shared.form import column, row

if TYPE_CHECKING:
    from napari_nuclei.core.classify.classifier import Classifier
    from napari_nuclei.widgets.shared.thread_progress import ProgressCallback

LEARN_DELAY_MS = 150
"""Time after a click until the classes are learnt again."""

CERTAINTY = "certainty"
KINDS = "Classifier (*.json)"
HELP = (
    f"Point at a nucleus and press 1 to {MAX_CLASSES}, the number of its class; 0 "
    "takes it back."
)


class ClicksSection(Section):
    """Classify all nuclei after the ones that the user has clicked."""

    name = "Classes by clicks"
    tooltip = "Press 1 to 9 over some nuclei; the classes of the others are predicted."

    def build(self) -> None:
        """Create the controls, and take the keys of the layer."""
        from napari_nuclei.widgets.nuclei.sections.class_legend import ClassLegend
        from napari_nuclei.widgets.nuclei.sections.digit_keys import DigitKeys
        from napari_nuclei.widgets.shared.worker import Worker

        self.names = LineEdit(
            name="names",
            label="Names",
            tooltip="Names of the classes 1, 2 and so on, with commas between them.",
        )
        self.names.native.setPlaceholderText("class 1, class 2")
        self.next = PushButton(
            text="Next unsure",
            tooltip="Go to the nucleus whose class is least certain, where a click "
            "helps most.",
        )
        self.clear = PushButton(text="Clear", tooltip="Remove all clicks and classes.")
        self.load = PushButton(
            text="Load\u2026", tooltip="Apply a classifier from a file."
        )
        self.save = PushButton(
            text="Save\u2026",
            tooltip="Save the classifier. `napari-nuclei measure --classify` and "
            "Python apply it to other images.",
        )
        self.legend = ClassLegend()
        self.examples = ClickExamples()
        self.classifier: Classifier | None = None
        self.worker = Worker(self.fold)
        self.keys = DigitKeys(self.session.viewer, self.press)
        self._classes = WrittenClasses(self.session)
        self._visited: set[int] = set()
        self._later = QTimer(self.fold)
        self._later.setSingleShot(True)
        self._later.setInterval(LEARN_DELAY_MS)
        self._later.timeout.connect(self.learn)
        self.add(
            column([self.names]),
            row([self.next, self.clear]),
            self.legend,
            row([self.load, self.save]),
            self.message,
        )
        self.names.native.editingFinished.connect(self._rename)
        self.next.changed.connect(self.go_to_unsure)
        self.clear.changed.connect(self.forget)
        self.load.changed.connect(self._load)
        self.save.changed.connect(self._save)
        self.worker.finished.connect(self._learnt)
        self.worker.failed.connect(self.show_message)
        self.session.layers_changed.connect(self._layer_changed)
        self.fold.destroyed.connect(self.keys.unbind)
        self.show_message(HELP)
        self._enable()

    def opened(self) -> None:
        """Take the keys 0 to 9."""
        self.keys.bind(self.session.labels_layer)

    def closed(self) -> None:
        """Give the keys back."""
        self.keys.unbind()

    def update(self) -> None:
        """Classify the nuclei that an edit has changed."""
        if self.classifier is not None and self._classes.are_mine:
            self._apply()
        self._show_legend()

    def press(self, digit: int, label: int) -> None:
        """Put a nucleus into a class; 0 takes it out.

        Parameters
        ----------
        digit : int
        label : int
            0 if there is no nucleus.
        """
        if not label or label not in self.session.frame.index:
            self.show_message(f"There is no nucleus. {HELP}")
            return
        self.examples.set_digit(label, digit)
        self.show_message(self.examples.describe())
        if self.classifier is None:
            self._show_clicked()
        self._later.start()

    def learn(self) -> None:
        """Learn from the clicks in a thread."""
        frame = self.session.frame
        self.examples.keep_labels(frame.index)
        if missing := self.examples.missing():
            self.worker.cancel()
            self.classifier = None
            self._show_clicked()
            self.show_message(f"{self.examples.describe()} {missing}")
            self._enable()
            return
        table = frame[~frame.index.duplicated()].copy()
        classes = self.examples.classes()

        def work(report: ProgressCallback) -> Classifier:
            from napari_nuclei.core.classify.classifier import Classifier

            return Classifier.learn(table, classes)

        self.worker.start(work)

    def go_to_unsure(self, *_: Any) -> None:
        """Select the nucleus whose class is least certain, and move the camera there.

        Nuclei that were clicked or visited are left out.
        """
        if self.classifier is None:
            self.show_message(f"{self.examples.missing()} {HELP}".strip())
            return
        table = shown_nuclei(self.session)
        table = table[~table.index.duplicated()]
        try:
            labels = self.classifier.next_unsure(table)
        except ValueError as error:
            self.show_message(format_error(error))
            return
        candidates = [label for label in labels if label not in self.examples.digits]
        unvisited = [label for label in candidates if label not in self._visited]
        if not unvisited:
            self._visited.clear()
            unvisited = candidates
        if not unvisited:
            self.show_message("All nuclei are clicked.")
            return
        label = unvisited[0]
        self._visited.add(label)
        self.session.select([label], move_camera=True)
        certainty = self.classifier.classify(table.loc[[label]]).iloc[0]
        self.show_message(
            f"Nucleus {label}: {certainty['class']}, certain to "
            f"{certainty[CERTAINTY]:.0%}. Point at it and press its number."
        )

    def forget(self, *_: Any) -> None:
        """Remove all clicks, the classifier and the classes."""
        self.worker.cancel()
        self._later.stop()
        self.examples.digits = {}
        self.classifier = None
        self._visited.clear()
        if self._classes.are_mine:
            self._classes.remove()
            self.session.remove_column(CERTAINTY)
        self._show_legend()
        self.show_message(HELP)
        self._enable()

    def load_file(self, path: Path) -> None:
        """Apply a classifier from a file; show why it cannot be applied."""
        from napari_nuclei.io.classifier_files import read_classifier

        try:
            classifier = read_classifier(path)
            classifier.classify(self.session.frame)
        except USER_ERRORS as error:
            self.show_message(format_error(error))
            return
        self.worker.cancel()
        self._later.stop()
        self.examples.digits = {}
        self.classifier = classifier
        self._apply()
        self.show_message(f"{path.name}: {classifier.describe()}.")
        self._enable()

    def save_file(self, path: Path) -> None:
        """Save the classifier; show the outcome."""
        from napari_nuclei.io.classifier_files import write_classifier

        if self.classifier is None:
            return
        try:
            write_classifier(self.classifier, path)
        except USER_ERRORS as error:
            self.show_message(format_error(error))
        else:
            self.show_message(f"Saved {path}.")

    def _learnt(self, classifier: Classifier) -> None:
        self.classifier = classifier
        try:
            self._apply()
        except ValueError as error:  # other columns were measured meanwhile
            self.show_message(format_error(error))
            return
        self.show_message(f"{self.examples.describe()} {classifier.describe()}.")
        self._enable()

    def _apply(self) -> None:
        assert self.classifier is not None
        classes = self.examples.classes()
        predicted = predict_classes(self.classifier, self.session.frame, classes)
        present = self.session.frame.get(CERTAINTY)
        if present is None or not present.equals(
            predicted[CERTAINTY].reindex(present.index)
        ):
            self.session.set_column(CERTAINTY, predicted[CERTAINTY])
        self._classes.write(predicted[CLASS], strength=CERTAINTY)
        self._show_legend()

    def _show_clicked(self) -> None:
        """Colour the clicked nuclei until there are enough to predict the others."""
        classes = clicked_only(self.session.frame, self.examples.classes())
        self._classes.write(classes)
        self._show_legend()

    def _rename(self) -> None:
        try:
            self.examples.set_names(self.names.value)
        except ValueError as error:
            self.show_message(str(error))
            return
        if self.examples.digits:
            self.learn()

    def _layer_changed(self) -> None:
        if self.is_open:
            self.keys.bind(self.session.labels_layer)
        self.worker.cancel()
        self.examples.digits = {}
        self.classifier = None
        self._visited.clear()
        self._enable()

    def _show_legend(self) -> None:
        if not self._classes.are_mine:
            self.legend.show_classes(None, {}, {})
            return
        classes = self.session.frame[CLASS]
        colours = colours_of_classes(self.session, classes)
        self.legend.show_classes(classes, colours, self.examples.counts())

    def _enable(self) -> None:
        self.save.enabled = self.next.enabled = self.classifier is not None

    def _load(self) -> None:
        path = ask_open(self.fold, "Load a classifier", KINDS)
        if path is not None:
            self.load_file(path)

    def _save(self) -> None:
        path = ask_save(self.fold, "Save the classifier", "classifier.json", KINDS)
        if path is not None:
            self.save_file(path)
