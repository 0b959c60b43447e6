"""The dock widget that finds nuclei in an image layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import (
    CheckBox,
    ComboBox,
    Container,
    ProgressBar,
    PushButton,
    Widget,
)

from napari_nuclei.config import SegmentConfig
from napari_nuclei.model.store import DEFAULT_MODEL, ModelEntry, find_model, list_models
from napari_nuclei.widgets.form import (
    WIDTH,
    OnShow,
    choose_active,
    column,
    combo,
    layers_of,
    number_slider,
    row,
    status_line,
    text_line,
)
from napari_nuclei.widgets.job import (
    Failure,
    Job,
    Report,
    Step,
    Success,
    one_line,
    start_job,
)
from napari_nuclei.widgets.results import Run, layer_arguments, measure, summary
from napari_nuclei.widgets.source import Source, describe, read_source

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer


def segment_source(
    source: Source, model: Path, config: SegmentConfig, report: Report
) -> Run:
    """Segment and measure; called in the thread.

    Parameters
    ----------
    source : Source
    model : Path
        Folder of the model.
    config : SegmentConfig
    report : callable
        Is given a `Step` for every few tiles; ends the run by raising.
    """
    report(Step(0, 0, "Loading the model"))
    from napari_nuclei import load_segmenter

    segmenter = load_segmenter(model)
    report(Step(0, 0, "Looking for nuclei"))
    found = segmenter.run(
        source.data,
        axes=source.layout.axes,
        channel=source.layout.channel,
        pixel_size=source.pixel_size,
        progress=lambda done, total: report(Step(done, total)),
        config=config,
    )
    report(Step(0, 0, "Measuring the nuclei"))
    return Run(source, segmenter.card, config, found, measure(source, found))


class SegmentWidget(Container[Widget]):
    """Finds the nuclei of an image layer and adds them as a labels layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._job: Job | None = None
        self._layer: napari.layers.Image | None = None
        self._ending = ""
        self.image = combo(
            "image", self._image_layers, "The image in which to find nuclei."
        )
        self.model = combo("model", model_names, "The trained network that is used.")
        self.diameter = text_line(SegmentConfig, "diameter", empty="auto")
        self.probability = number_slider(SegmentConfig, "probability")
        self.splitting = number_slider(SegmentConfig, "splitting")
        self.min_size = text_line(SegmentConfig, "min_size", empty="from the model")
        self.more = CheckBox(
            text="More settings", value=False, tooltip="Show the thresholds."
        )
        self.run = PushButton(text="Run", tooltip="Find the nuclei of the image.")
        self.cancel = PushButton(
            text="Cancel", tooltip="End the run; nothing is added."
        )
        self.progress = ProgressBar(min=0, max=1, value=0)
        self.status = status_line()
        self._folded: list[Widget] = [self.probability, self.splitting, self.min_size]
        form = [self.image, self.model, self.diameter, self.more, *self._folded]
        buttons = row([self.run, self.cancel])
        super().__init__(
            widgets=[column(form), buttons, self.progress, self.status], labels=False
        )
        self.native.setMinimumWidth(WIDTH)
        self.run.changed.connect(self.start)
        self.cancel.changed.connect(self.stop)
        self.more.changed.connect(self._fold)
        self.model.changed.connect(self._model_changed)
        self.image.changed.connect(self._describe)
        self.progress.visible = False
        self.cancel.enabled = False
        self._fold()
        if DEFAULT_MODEL in self.model.choices:
            self.model.value = DEFAULT_MODEL
        self._model_changed()
        choose_active(viewer, self.image)
        self._describe()
        # A layer or a model may have come or gone while the dock was hidden.
        self._on_show = OnShow(self, self.reset_choices)
        viewer.layers.events.removed.connect(self._layer_removed)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._job is not None

    def config(self) -> SegmentConfig:
        """Return the settings of the form.

        Raises
        ------
        ValueError
            If one of them is not understood.
        """
        return SegmentConfig(
            diameter=self.diameter.value.strip() or "auto",
            probability=round(self.probability.value, 4),
            splitting=round(self.splitting.value, 4),
            min_size=number_or_none("min_size", self.min_size.value),
        )

    def start(self) -> None:
        """Check the form and start a run in a thread."""
        if self.running:
            return
        try:
            layer, model, config = self.image.value, self._chosen_model(), self.config()
            source = self._source()
            config.diameter_in_pixels(source.pixel_size)
        except (OSError, TypeError, ValueError) as error:
            self.status.value = one_line(error)
            return
        self._layer, self._ending = layer, "Cancelled"
        self._show_running(True)
        self._job = start_job(
            lambda report: segment_source(source, model.folder, config, report),
            self.native,
            description=f"Nuclei of {source.name}",
            on_step=self._stepped,
            on_return=self._returned,
            on_end=self._ended,
        )

    def stop(self) -> None:
        """End the run, if there is one, at its next step."""
        if self._job is not None:
            self._job.quit()

    def _stepped(self, step: Step) -> None:
        self.progress.max = step.total
        self.progress.value = step.done
        if step.message:
            self.status.value = step.message

    def _returned(self, outcome: Success | Failure) -> None:
        if isinstance(outcome, Failure):
            self._ending = outcome.message
            return
        run: Run = outcome.value
        self._viewer.add_labels(run.found.labels, **layer_arguments(run))
        self._ending = summary(run)

    def _ended(self) -> None:
        self._job = self._layer = None
        self._show_running(False)
        self.status.value = self._ending

    def _layer_removed(self, event: Any) -> None:
        if self._layer is not None and event.value == self._layer:
            self.stop()

    def _show_running(self, running: bool) -> None:
        self.progress.max = self.progress.value = 0
        self.progress.visible = running
        self.cancel.enabled = running
        form = [self.run, self.image, self.model, self.diameter, *self._folded]
        for widget in form:
            widget.enabled = not running

    def _fold(self) -> None:
        for widget in self._folded:
            widget.visible = self.more.value

    def _model_changed(self) -> None:
        if self.model.value is None:
            return
        card = self._chosen_model().card
        self.model.tooltip = f"{card.name} {card.version}. {card.description}".strip()
        self.probability.value = card.probability
        self.splitting.value = card.splitting

    def _describe(self) -> None:
        if self.running:
            return
        try:
            self.status.value = f"{describe(self._source())}."
        except (TypeError, ValueError) as error:
            self.status.value = one_line(error)

    def _source(self) -> Source:
        layer = self.image.value
        if layer is None:
            raise ValueError("Open an image first.")
        return read_source(layer, self._viewer.dims.point)

    def _chosen_model(self) -> ModelEntry:
        if self.model.value is None:
            raise ValueError("There is no model; train or import one first.")
        return find_model(self.model.value)

    def _image_layers(self, _: ComboBox) -> list[napari.layers.Layer]:
        return layers_of(self._viewer, "Image")


def model_names(_: ComboBox) -> list[str]:
    """Return the names of the models that can be chosen."""
    return [entry.name for entry in list_models()]


def number_or_none(name: str, text: str) -> float | None:
    """Read an optional number from a line of a form."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number or empty; got {text!r}") from None
