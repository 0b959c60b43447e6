from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.evaluation.model_comparison import ModelComparison
from napari_nuclei.model.store import write_card
from napari_nuclei.training.child_process import TrainingProgress
from napari_nuclei.training.loop.run_folder import latest_interrupted
from napari_nuclei.widgets.shared.thread_progress import Progress
from napari_nuclei.widgets.train.job import (
    TrainedModel,
    TrainRequest,
    format_outcome,
    format_progress,
    make_resume_request,
    run_training,
)


@pytest.fixture
def child_process(own_models, monkeypatch):
    """Replace both functions that start a child process; return the calls."""
    calls: list[str] = []

    def answer(kind: str):
        def run(*_, name, report, **__) -> Path:
            calls.append(kind)
            for epoch in (0, 1, 1, 2):
                report(TrainingProgress(epoch, 9, epoch, {"epoch": epoch}))
            folder = own_models / name
            folder.mkdir(parents=True)
            write_card(folder, ModelCard(name))
            return folder

        return run

    job = "napari_nuclei.widgets.train.job"
    monkeypatch.setattr(f"{job}.train_in_child_process", answer("train"))
    resume = answer("resume")
    monkeypatch.setattr(
        f"{job}.resume_in_child_process",
        lambda name, **options: resume(name=name, **options),
    )
    return calls


def test_the_field_resume_decides_whether_a_request_resumes(
    own_models, child_process
) -> None:
    folder = own_models / ".training" / "mine"
    folder.mkdir(parents=True)
    settings = {"config": TrainConfig(budget=7).as_dict(), "base": None, "about": {}}
    (folder / "order.json").write_text(json.dumps(settings))
    request = make_resume_request("mine")
    assert request.resume
    assert request.config.budget == 7
    run_training(request, threading.Event(), lambda progress: None)
    # Without samples a request is still a new training.
    run_training(
        TrainRequest("new", TrainConfig()), threading.Event(), lambda progress: None
    )
    assert child_process == ["resume", "train"]


def test_the_latest_of_several_interrupted_trainings_is_resumed(own_models) -> None:
    for name, time in (("a", 2000), ("b", 3000), ("c", 1000)):
        folder = own_models / ".training" / name
        folder.mkdir(parents=True)
        for file in ("checkpoint.npz", "order.json", "annotations.npz"):
            (folder / file).touch()
        os.utime(folder / "checkpoint.npz", (time, time))
    assert latest_interrupted() == "b"


def test_every_epoch_is_reported_once(child_process) -> None:
    reported: list[Progress] = []
    request = TrainRequest("mine", TrainConfig())
    trained = run_training(request, threading.Event(), reported.append)
    assert [x.value["epoch"] for x in reported if x.value] == [1, 2]
    assert reported[0].message.startswith("Starting (about ")
    assert trained.comparison is None


@pytest.mark.parametrize(
    ("progress", "budget", "seconds", "stopping", "message"),
    [
        (TrainingProgress(), 90, 7.4, False, "Starting (about 20 s): 7 s"),
        (TrainingProgress(), 90, 7.4, True, "Stopping after this step"),
        (TrainingProgress(3, 20), None, 9, False, "Step 3 of 20"),
        (TrainingProgress(3, 20, seconds=30), 90, 31, False, "Step 3, 60 s left"),
        (
            TrainingProgress(3, 20, seconds=91),
            90,
            92,
            False,
            "Step 3, testing and saving the model",
        ),
    ],
    ids=["start", "stop", "steps", "time", "time is up"],
)
def test_the_status_line_says_what_training_does(
    progress, budget, seconds, stopping, message
) -> None:
    assert format_progress(progress, budget, seconds, stopping).startswith(message)


@pytest.mark.parametrize(
    ("comparison", "message"),
    [
        (None, "mine is ready"),
        (
            ModelComparison(3, 1.0, "nuclei", 1.0, corrected=0, added=0),
            "mine is ready. Tested on 3 held-out nuclei: F1 1.00 (nuclei), 1.00 "
            "(mine). Too few to decide; annotate more nuclei. nuclei stays the default "
            "model.",
        ),
        (
            ModelComparison(48, 0.76, "nuclei", 0.58, corrected=11, added=2),
            "mine is ready. Tested on 48 held-out nuclei: F1 0.58 (nuclei), 0.76 "
            "(mine). mine is better: it corrects 11 errors of nuclei and makes 2 new "
            "ones (p = 0.02).",
        ),
        (
            ModelComparison(300, 0.5, "nuclei", 0.6, corrected=2, added=30),
            "mine is saved. Tested on 300 held-out nuclei: F1 0.60 (nuclei), 0.50 "
            "(mine). mine is clearly worse: it corrects 2 errors of nuclei and makes "
            "30 new ones (p < 0.001). nuclei stays the default model.",
        ),
    ],
    ids=["untested", "few", "better", "worse"],
)
def test_the_outcome_is_one_line(own_models, comparison, message) -> None:
    assert format_outcome(TrainedModel("mine", Path(), comparison)) == message


def test_the_outcome_ends_with_notes_on_binary_masks() -> None:
    note = "All 2 masks are binary: 6 nuclei by connected parts"
    trained = TrainedModel("mine", Path(), None, (note,))
    assert format_outcome(trained) == f"mine is ready. {note}."
