from __future__ import annotations

import json
import shutil
import sys
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.evaluation.model_comparison import ModelComparison
from napari_nuclei.io import optional_packages
from napari_nuclei.model.store import list_models, write_card
from napari_nuclei.model.user_models import get_preferred_model
from napari_nuclei.training.child_process import (
    TrainingProgress,
    train_in_child_process,
)
from napari_nuclei.training.loop.state import Epoch, TrainingState
from napari_nuclei.widgets.train.data_controls import FROM_FILES, FROM_LAYERS
from napari_nuclei.widgets.train.job import STOPPING, make_resume_request
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    CORRECTIONS_ONLY,
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
)

PATIENCE = 60_000
LONG = 400_000


@dataclass
class FakeTraining:
    """Replaces `train_in_child_process`: runs two epochs, and can wait before each."""

    models: Path
    go_on: threading.Event = field(default_factory=threading.Event)
    entered: threading.Event = field(default_factory=threading.Event)
    called: dict = field(default_factory=dict)
    error: Exception | None = None
    f1: float = 0.8
    corrected: int = 3
    added: int = 1

    def __call__(self, samples, *, name, report, stop, **options) -> Path:
        self.called = {"samples": samples, "name": name, **options}
        if self.error:
            raise self.error
        for number in (1, 2):
            self.entered.set()
            assert self.go_on.wait(PATIENCE / 1000)
            row = {"epoch": number, "loss": 1 / number, "val_loss": 2 / number}
            report(TrainingProgress(10 * number, 20, number, row, number))
            if stop.is_set():
                break
        folder = self.models / name
        folder.mkdir(parents=True)
        comparison = ModelComparison(
            *(23, self.f1, "nuclei", 0.71),
            corrected=self.corrected,
            added=self.added,
        ).as_dict()
        (folder / "figures").mkdir()
        cv2.imwrite(
            str(folder / "figures" / "held_out.png"), np.zeros((40, 88, 3), np.uint8)
        )
        write_card(folder, ModelCard(name, training={"held_out": comparison}))
        return folder


@pytest.fixture
def training(own_models, monkeypatch: pytest.MonkeyPatch):
    fake = FakeTraining(own_models)
    fake.go_on.set()
    monkeypatch.setattr("napari_nuclei.model.store.BUNDLED", own_models / "bundled")
    monkeypatch.setattr("napari_nuclei.widgets.train.job.train_in_child_process", fake)
    yield fake
    fake.go_on.set()


@pytest.fixture
def opened(make_napari_viewer, training):
    """Return napari with an image, its labels and the widget in its dock."""
    viewer = make_napari_viewer()
    image, labels = synthetic_nuclei((160, 160))
    viewer.add_image(image, name="cells")
    viewer.add_labels(labels, name="painted")
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Train a model")
    widget.form.name_line.value = "mine"
    widget.form.data.unpainted.value = UNPAINTED_IS_BACKGROUND
    return viewer, widget


def press(button) -> None:
    assert button.enabled
    button.native.click()


def finish(qtbot, widget, timeout: int = PATIENCE) -> None:
    qtbot.waitUntil(lambda: not widget.running, timeout=timeout)


def test_a_model_is_trained_on_layers_and_tested(opened, training, qtbot) -> None:
    _, widget = opened
    widget.form.budget.value, widget.form.settings.epochs.value = 45, 3
    press(widget.train)
    finish(qtbot, widget)
    assert widget.status_panel.status.value == (
        "mine is ready. Tested on 23 held-out nuclei: F1 0.71 (nuclei), 0.80 (mine). "
        "Too few to decide; annotate more nuclei. nuclei stays the default model."
    )
    assert training.called["name"] == "mine"
    assert training.called["base"] is None
    config = training.called["config"]
    assert (config.epochs, config.budget, config.batch_norm) == (3, 45, "learn")
    (trained,), (held_out,) = training.called["samples"], training.called["validation"]
    assert not (trained.annotated & held_out.annotated).any()
    assert "mine" in [entry.name for entry in list_models()]
    assert [row["epoch"] for row in widget.training_plot.rows] == [1, 2]
    assert widget.status_panel.action_button.text == "Find nuclei with the new model"


@pytest.mark.parametrize(
    ("f1", "corrected", "added", "default"),
    [(0.9, 9, 1, "mine"), (0.6, 1, 9, "nuclei"), (0.71, 0, 0, "nuclei")],
    ids=["better", "worse", "tie"],
)
def test_only_a_better_model_becomes_the_default(
    opened, training, qtbot, f1, corrected, added, default
) -> None:
    viewer, widget = opened
    _, segment = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    training.f1, training.corrected, training.added = f1, corrected, added
    press(widget.train)
    finish(qtbot, widget)
    assert "mine" in [entry.name for entry in list_models()]
    assert get_preferred_model() == default
    message = widget.status_panel.status.value
    assert message.startswith("mine is saved. Tested") == (corrected < added)
    assert message.endswith("stays the default model.") == (default == "nuclei")
    models = segment.form.models.combo
    qtbot.waitUntil(lambda: "mine" in models.choices, timeout=PATIENCE)


def test_several_pairs_of_layers_are_trained_on(opened, training, qtbot) -> None:
    viewer, widget = opened
    press(widget.form.data.add_button)
    image, labels = synthetic_nuclei((96, 128), seed=7)
    widget.form.data.image.value = viewer.add_image(image, name="more")
    widget.form.data.labels.value = viewer.add_labels(labels, name="painted too")
    press(widget.form.data.add_button)
    assert widget.status_panel.status.value == (
        "Training images: cells + painted, more + painted too"
    )
    press(widget.train)
    finish(qtbot, widget)
    assert [x.labels.shape for x in training.called["samples"]] == [
        (160, 160),
        (96, 128),
    ]


def test_everything_inside_boxes_is_annotated(opened, training, qtbot) -> None:
    viewer, widget = opened
    widget.form.data.unpainted.value = BACKGROUND_IN_BOXES
    press(widget.train)
    assert "Draw boxes" in widget.status_panel.status.value
    viewer.add_shapes([[[10, 10], [10, 150], [150, 150], [150, 10]]], name="boxes")
    widget.form.reset_choices()
    press(widget.train)
    finish(qtbot, widget)
    annotated = (
        training.called["samples"][0].annotated
        | training.called["validation"][0].annotated
    )
    assert annotated[20:140, 20:140].mean() > 0.8
    assert annotated[:5, :5].mean() < 1


def test_painted_background_is_annotated_where_the_rest_is_ignored(
    opened, training, qtbot
) -> None:
    viewer, widget = opened
    layer, form = viewer.layers["painted"], widget.form
    layer.data[layer.data > 9] = 0
    layer.data[2:6, 2:150] = 99
    form.data.unpainted.value, form.data.background.value = IGNORE_UNPAINTED, 99
    press(widget.train)
    finish(qtbot, widget)
    (trained,), (held_out,) = training.called["samples"], training.called["validation"]
    annotated = trained.annotated | held_out.annotated
    assert annotated[2:6, 2:150].all()
    assert not (trained.labels | held_out.labels)[2:6, 2:150].any()
    assert annotated.mean() < 0.5


def test_corrections_alone_can_be_trained_on(opened, training, qtbot) -> None:
    viewer, widget = opened
    widget.form.data.unpainted.value = CORRECTIONS_ONLY
    press(widget.train)
    assert (
        "This layer was not made by Segment nuclei" in widget.status_panel.status.value
    )
    layer = viewer.layers["painted"]
    layer.metadata["napari_nuclei"] = {"prediction": layer.data.copy()}
    press(widget.train)
    assert (
        "are as Segment nuclei made them; correct some"
        in widget.status_panel.status.value
    )
    layer.data[10:22, 10:22] = 900
    layer.data[130:142, 130:142] = 901
    press(widget.train)
    finish(qtbot, widget)
    (trained,), (held_out,) = training.called["samples"], training.called["validation"]
    assert 0 < trained.annotated.mean() < 0.3
    assert {900, 901} <= {*trained.labels.flat, *held_out.labels.flat}
    # The test counts the nuclei that were right, too.
    assert len(np.setdiff1d(held_out.labels, [0, 900, 901])) > 1
    assert not (trained.annotated & held_out.annotated).any()


def test_training_can_start_from_a_model(opened, training, qtbot) -> None:
    _, widget = opened
    for name in ("first", "second"):
        widget.form.name_line.value = name
        press(widget.train)
        finish(qtbot, widget)
        widget.form.reset_choices()
        widget.form.base.value = "first"
    assert training.called["base"] == "first"


def test_the_new_model_can_be_chosen_for_segmenting(opened, training, qtbot) -> None:
    viewer, widget = opened
    press(widget.train)
    finish(qtbot, widget)
    _, segment = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert "mine" in segment.form.models.combo.choices


def test_stop_saves_the_model_trained_so_far(opened, training, qtbot) -> None:
    _, widget = opened
    training.go_on.clear()
    press(widget.train)
    qtbot.waitUntil(training.entered.is_set, timeout=PATIENCE)
    assert not widget.train.enabled
    press(widget.stop_button)
    assert widget.status_panel.status.value == STOPPING
    training.go_on.set()
    finish(qtbot, widget)
    assert widget.status_panel.status.value.startswith("mine is ready")
    assert len(widget.training_plot.rows) == 1
    assert widget.train.enabled
    assert not widget.stop_button.enabled


def test_closing_napari_during_training_ends_it_and_saves_nothing(
    opened, training, qtbot
) -> None:
    viewer, widget = opened
    training.go_on.clear()
    press(widget.train)
    qtbot.waitUntil(training.entered.is_set, timeout=PATIENCE)
    worker = widget.worker.job
    viewer.close()
    assert worker.abort_requested
    training.go_on.set()
    qtbot.waitUntil(lambda: not worker.is_running, timeout=PATIENCE)
    assert not list_models()


def test_a_failure_is_one_line(opened, training, qtbot, caplog) -> None:
    _, widget = opened
    training.error = RuntimeError("the statistics have not settled\nat all")
    press(widget.train)
    finish(qtbot, widget)
    assert widget.status_panel.status.value == "the statistics have not settled at all"
    assert "Traceback" in caplog.text
    assert widget.train.enabled


DYING = """\
#!{python}
import json, os, signal
from pathlib import Path

work = Path(os.environ["NAPARI_NUCLEI_MODELS"], ".training", "mine")
work.mkdir(parents=True)
for name in ("checkpoint.npz", "order.json", "annotations.npz"):
    (work / name).touch()
progress = dict(done=9, total=20, epoch=1, row=dict(epoch=1, loss=0.5), seconds=3)
print(json.dumps(dict(progress=progress)), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
"""Stands in for a training that is killed after its first epoch."""


def write_run_settings(models: Path, name: str, config: TrainConfig) -> None:
    settings = {"config": config.as_dict(), "base": None, "about": {}}
    path = models / ".training" / name / "order.json"
    path.write_text(json.dumps(settings))


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_a_killed_training_leaves_napari_open_and_is_resumed(
    opened, training, qtbot, tmp_path, monkeypatch, caplog
) -> None:
    viewer, widget = opened
    assert not widget.resume.enabled
    dying = tmp_path / "dying"
    dying.write_text(DYING.format(python=sys.executable))
    dying.chmod(0o755)
    painted = viewer.layers["painted"].data.copy()
    with monkeypatch.context() as patch:
        patch.setattr(
            "napari_nuclei.widgets.train.job.train_in_child_process",
            train_in_child_process,
        )
        patch.setattr("sys.executable", str(dying))
        press(widget.train)
        finish(qtbot, widget)
    assert widget.resume.text == "Resume mine"
    assert widget.status_panel.status.value == (
        "Training ended unexpectedly (exit code -9), possibly for lack of memory; see "
        "the log, and close other programs or use smaller batches. Resume continues "
        "from the last epoch"
    )
    assert [row["epoch"] for row in widget.training_plot.rows] == [1]
    np.testing.assert_array_equal(viewer.layers["painted"].data, painted)
    assert "Log of the training" in caplog.text
    assert not list_models()
    assert widget.train.enabled

    assert not widget.running
    press(widget.resume)
    assert (
        "order.json cannot be read; start the training mine"
        in widget.status_panel.status.value
    )
    write_run_settings(training.models, "mine", TrainConfig(budget=7))
    # The training's own settings count, not those of the form.
    widget.form.budget.value, widget.form.settings.rate.value = 99, "fast"
    assert make_resume_request("mine").config.budget == 7

    def resume(name, **options):
        shutil.rmtree(training.models / ".training" / name)
        return training([], name=name, **options)

    monkeypatch.setattr(
        "napari_nuclei.widgets.train.job.resume_in_child_process", resume
    )
    epochs = [Epoch(n, n, {"loss": 9 - n}, {"loss": 9 - n}) for n in (1, 2, 3)]
    state = json.dumps(asdict(TrainingState(step=3, epochs=epochs)))
    folder = training.models / ".training" / "mine"
    np.savez(folder / "checkpoint.npz", state=np.array(state))
    training.go_on.clear()
    press(widget.resume)
    # The curve of the interrupted run is continued, not started again.
    assert [row["loss"] for row in widget.training_plot.rows] == [8, 7, 6]
    training.go_on.set()
    finish(qtbot, widget)
    assert widget.status_panel.status.value.startswith(
        "mine is ready. Tested on 23 held-out nuclei"
    )
    assert training.called["name"] == "mine"
    assert (widget.resume.text, widget.resume.enabled) == ("Resume", False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a/b", "name must be 1 to 64 letters"),
        ("taken", "There is already a model named taken"),
    ],
    ids=["bad", "taken"],
)
def test_a_name_that_cannot_be_used_is_refused(
    opened, own_models, name, message
) -> None:
    (own_models / "taken").mkdir(parents=True)
    _, widget = opened
    widget.form.name_line.value = name
    press(widget.train)
    assert not widget.running
    assert widget.status_panel.status.value.startswith(message)


@pytest.mark.parametrize(
    ("typed", "name"), [("", "my-cells"), (" my  own cells", "my-own-cells")]
)
def test_a_name_is_suggested_and_spaces_are_converted(
    opened, training, qtbot, typed, name
) -> None:
    _, widget = opened
    widget.form.name_line.value = typed
    press(widget.train)
    finish(qtbot, widget)
    assert training.called["name"] == name
    suggested = "my-cells-2" if name == "my-cells" else "my-cells"
    assert widget.form.model_name == suggested
    assert widget.form.name_line.native.placeholderText() == suggested


def test_nuclei_painted_with_one_number_are_numbered_with_a_button(
    opened, training, qtbot
) -> None:
    viewer, widget = opened
    widget.form.data.unpainted.value = IGNORE_UNPAINTED
    viewer.layers.remove("painted")
    press(widget.form.data.paint_button)
    layer = viewer.layers["nuclei of cells"]
    assert widget.form.data.labels.value is layer
    assert layer.mode == "paint"
    for number in range(10):
        layer.paint((20 + 60 * (number % 2), 10 + 15 * number), layer.selected_label)
    press(widget.train)
    assert not widget.running
    assert widget.status_panel.status.value.startswith(
        "10 separate patches have one number"
    )
    press(widget.status_panel.action_button)
    assert len(np.unique(layer.data)) == 11
    press(widget.train)
    finish(qtbot, widget)
    numbers = [
        len(np.unique(sample.labels)) - 1
        for part in ("samples", "validation")
        for sample in training.called[part]
    ]
    assert numbers == [7, 3]


def test_the_comparison_is_shown_in_the_dock_and_is_no_layer(
    opened, training, qtbot
) -> None:
    viewer, widget = opened
    before = list(viewer.layers)
    press(widget.train)
    finish(qtbot, widget)
    assert list(viewer.layers) == before
    assert widget.comparison_picture.native.isVisibleTo(widget.native)
    assert "mine" in widget.comparison_picture.caption.text()
    widget.form.name_line.value = "other"
    training.go_on.clear()
    press(widget.train)
    assert not widget.comparison_picture.native.isVisibleTo(widget.native)


def test_napari_says_which_training_a_closing_window_ends(
    opened, training, qtbot
) -> None:
    viewer, widget = opened
    training.go_on.clear()
    press(widget.train)
    qtbot.waitUntil(training.entered.is_set, timeout=PATIENCE)
    line = (
        "Executing the training of mine (after its first step, Resume can continue it "
        "later)"
    )
    qtbot.waitUntil(
        lambda: (
            f"napari-worker: {line}" in viewer.window._task_status_manager.get_status()
        ),
        timeout=PATIENCE,
    )
    training.go_on.set()
    finish(qtbot, widget)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            np.zeros((160, 160), int),
            "No nuclei are painted on cells. Paint at least two nuclei",
        ),
        (
            np.ones((80, 160), int),
            "The labels for cells must have the shape of the image, (160, 160)",
        ),
        (np.pad(np.ones((9, 9), int), (9, 142)), "Too few nuclei to hold some out"),
    ],
    ids=["no paint", "another shape", "one corner"],
)
def test_labels_without_enough_nuclei_are_refused(opened, labels, message) -> None:
    viewer, widget = opened
    viewer.layers.remove("painted")
    viewer.add_labels(labels, name="painted")
    press(widget.train)
    assert not widget.running
    assert widget.status_panel.status.value.startswith(message)


def test_without_layers_train_says_what_to_do(opened) -> None:
    viewer, widget = opened
    viewer.layers.clear()
    press(widget.train)
    assert widget.status_panel.status.value.startswith(
        "Open an image and a labels layer"
    )


def test_without_tensorflow_the_dock_says_how_to_install_it(
    make_napari_viewer, training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optional_packages, "is_installed", lambda package: False)
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Train a model")
    assert "pip install tensorflow" in widget.status_panel.status.value
    widget.status_panel.show_message("")
    press(widget.train)
    assert "pip install tensorflow" in widget.status_panel.status.value
    assert not widget.running and not training.called


@pytest.fixture
def data_set(tmp_path):
    """Return a folder with images/ and masks/ of two images."""
    for number in range(2):
        image, labels = synthetic_nuclei((96, 96), seed=number)
        for kind, pixels in (("images", image), ("masks", labels.astype("uint16"))):
            path = tmp_path / "data" / kind / f"n{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            tifffile.imwrite(path, pixels)
    return tmp_path / "data"


def test_a_folder_can_be_trained_on(opened, training, data_set, qtbot) -> None:
    viewer, widget = opened
    viewer.layers.clear()
    form = widget.form
    form.data.train_on.value = FROM_FILES
    press(widget.train)
    assert widget.status_panel.status.value == "Choose a folder of training images."
    form.data.folder.value = data_set / "gone"
    press(widget.train)
    assert widget.status_panel.status.value.endswith(
        "gone: There is no such file or folder"
    )
    form.data.folder.value = data_set
    press(widget.train)
    finish(qtbot, widget)
    assert widget.status_panel.status.value.startswith("mine is ready")
    assert [x.name for x in training.called["samples"]] == ["n0", "n1"]
    # The training holds out a part itself and treats masks as complete.
    assert training.called["validation"] is None
    assert training.called["config"].unpainted == "background"
    assert set(form.data.unpainted.choices) == {
        UNPAINTED_IS_BACKGROUND,
        IGNORE_UNPAINTED,
    }


def test_partly_painted_folders_can_be_trained_and_tested_on(
    opened, training, data_set, qtbot
) -> None:
    _, widget = opened
    form = widget.form
    form.data.train_on.value = FROM_FILES
    form.data.folder.value, form.data.labels_folder.value = (
        data_set / "images",
        data_set / "masks",
    )
    form.held_out.test_on.value, form.data.unpainted.value = (
        FROM_FILES,
        IGNORE_UNPAINTED,
    )
    press(widget.train)
    assert widget.status_panel.status.value.startswith(
        "Choose the folder to test on under More"
    )
    form.held_out.folder.value = data_set
    form.name_line.value = "mine"
    press(widget.train)
    finish(qtbot, widget)
    assert [x.name for x in training.called["validation"]] == ["n0", "n1"]
    assert training.called["config"].unpainted == "ignore"


def test_a_folder_that_is_not_a_data_set_is_reported(
    opened, training, tmp_path, qtbot
) -> None:
    _, widget = opened
    widget.form.data.train_on.value = FROM_FILES
    widget.form.data.folder.value = tmp_path
    press(widget.train)
    finish(qtbot, widget)
    assert "contains no images" in widget.status_panel.status.value
    assert not training.called


def test_the_user_can_choose_the_layers_to_test_on(opened, training, qtbot) -> None:
    viewer, widget = opened
    form = widget.form
    form.held_out.test_on.value = FROM_LAYERS
    form.held_out.image.value = viewer.layers["cells"]
    press(widget.train)
    assert widget.status_panel.status.value.startswith(
        "cells is a training image; test on another image"
    )
    image, labels = synthetic_nuclei((96, 128), seed=7)
    form.held_out.image.value = viewer.add_image(image, name="other")
    form.held_out.labels.value = viewer.add_labels(labels, name="other nuclei")
    form.data.image.value = viewer.layers["cells"]
    form.data.labels.value = viewer.layers["painted"]
    press(widget.train)
    finish(qtbot, widget)
    (trained,), (held_out,) = training.called["samples"], training.called["validation"]
    assert (trained.labels.shape, held_out.labels.shape) == ((160, 160), (96, 128))
    assert held_out.name == "other (held out)"


def test_a_setting_that_is_not_a_number_is_reported(opened) -> None:
    _, widget = opened
    widget.form.settings.rate.value = "fast"
    press(widget.train)
    assert not widget.running
    assert (
        widget.status_panel.status.value
        == "Learning rate must be a number or empty; got 'fast'"
    )


def test_the_widget_fits_a_narrow_dock(opened) -> None:
    assert opened[1].native.minimumSizeHint().width() <= 300


@pytest.mark.slow
def test_a_real_training_gives_a_model_that_segments(
    make_napari_viewer, own_models, qtbot
) -> None:
    viewer = make_napari_viewer()
    image, labels = synthetic_nuclei((256, 256))
    viewer.add_image(image, name="cells")
    viewer.add_labels(labels, name="painted")
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Train a model")
    widget.form.name_line.value = "mine"
    widget.form.settings.epochs.value, widget.form.settings.steps.value = 1, 2
    press(widget.train)
    finish(qtbot, widget, timeout=LONG)
    assert " (nuclei), " in widget.status_panel.status.value
    _, segment = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    segment.form.image.value = viewer.layers["cells"]
    segment.form.models.combo.value = "mine"
    before = len(viewer.layers)
    press(segment.run)
    qtbot.waitUntil(lambda: not segment.running, timeout=LONG)
    assert len(viewer.layers) == before + 1
