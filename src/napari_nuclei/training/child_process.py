"""Train in a child process, for programs with a window.

TensorFlow and the Mesa drivers of many Linux desktops both contain LLVM, and a process
that loads both crashes. TensorFlow frees GPU memory only when its process ends. In a
child process, training also does not slow down the window.
"""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from typing import IO, Any

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.temporary import (
    remove_old_temporary_folders,
    temporary_prefix,
)

LOGGER = logging.getLogger("napari_nuclei")

POLL = 0.2
"""Seconds between checks of the stop event while no message arrives."""

SHUTDOWN_TIMEOUT = 3.0
"""Seconds to wait for the child process to end, before it is killed."""

STOP_REQUEST = b"stop\n"


@dataclass(frozen=True, slots=True)
class ChildRequest:
    """A request to the child process.

    Attributes
    ----------
    name : str
        Name of the new model, or of the interrupted training.
    config : TrainConfig, optional
        Training settings; needed unless `resume` is set.
    samples, validation, base
        See `napari_nuclei.train`.
    resume : bool
        Continue the interrupted training `name` from its own settings and
        annotations; the other fields are not used.
    """

    name: str
    config: TrainConfig | None = None
    samples: Sequence[Sample] = ()
    validation: Sequence[Sample] | None = None
    base: str | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Progress of a training run.

    Attributes
    ----------
    done, total : int
        Number of steps; both 0 before the first step.
    epoch : int
        Number of the latest complete epoch; 0 for none.
    row : dict of str to float
        Metrics of that epoch as in `Epoch.as_row`: loss, dice, val_loss, val_dice...
    seconds : float
        Seconds since the training started.
    """

    done: int = 0
    total: int = 0
    epoch: int = 0
    row: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0


def train_in_child_process(
    samples: Sequence[Sample],
    *,
    name: str,
    config: TrainConfig,
    validation: Sequence[Sample] | None = None,
    base: str | None = None,
    report: Callable[[TrainingProgress], None] | None = None,
    stop: threading.Event | None = None,
) -> Path:
    """Train a model in a child process.

    Parameters
    ----------
    samples, name, config, validation, base
        See `napari_nuclei.train`.
    report : callable, optional
        Called with the TrainingProgress several times a second. If it raises, the
        training ends without a model.
    stop : threading.Event, optional
        Once set, the training ends after the current step, with its best weights.

    Returns
    -------
    Path
        Folder of the model.

    Raises
    ------
    RuntimeError
        If the training fails, with the message of the child process.
    """
    request = ChildRequest(name, config, samples, validation, base)
    return run_child_process(request, report, stop)


def resume_in_child_process(
    name: str,
    *,
    report: Callable[[TrainingProgress], None] | None = None,
    stop: threading.Event | None = None,
) -> Path:
    """Continue an interrupted training in a child process.

    Parameters
    ----------
    name : str
        One of `list_interrupted`.
    report, stop
        See `train_in_child_process`.

    Returns
    -------
    Path
        Folder of the model.

    Raises
    ------
    RuntimeError
        If the training fails, with the message of the child process.
    """
    return run_child_process(ChildRequest(name, resume=True), report, stop)


def run_child_process(
    request: ChildRequest,
    report: Callable[[TrainingProgress], None] | None,
    stop: threading.Event | None,
) -> Path:
    """Run a request in a child process; return the folder of the model."""
    started = time.time()
    remove_old_temporary_folders()
    with TemporaryDirectory(prefix=temporary_prefix()) as folder:
        path, log = Path(folder, "request.pickle"), Path(folder, "log.txt")
        path.write_bytes(pickle.dumps((request, started)))
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "napari_nuclei.training.child_main",
                    str(path),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            try:
                return Path(wait_for_result(process, report, stop))
            except RuntimeError:
                text = log.read_text(encoding="utf-8", errors="replace")
                LOGGER.error("Log of the training:\n%s", text)
                raise
            finally:
                end_process(process)


def wait_for_result(
    process: subprocess.Popen[bytes],
    report: Callable[[TrainingProgress], None] | None,
    stop: threading.Event | None,
) -> str:
    """Report the messages of a child process; return the folder of the model.

    Raises RuntimeError if the training fails or the process ends early.
    """
    assert process.stdin is not None and process.stdout is not None
    messages: Queue[dict[str, Any] | None] = Queue()
    threading.Thread(
        target=queue_messages, args=(process.stdout, messages), daemon=True
    ).start()
    progress, stop_sent = TrainingProgress(), False
    while True:
        if stop and stop.is_set() and not stop_sent:
            process.stdin.write(STOP_REQUEST)
            process.stdin.flush()
            stop_sent = True
        try:
            message = messages.get(timeout=POLL)
        except Empty:
            message = {}
        if message is None:
            code = process.wait()
            raise RuntimeError(
                f"Training ended unexpectedly (exit code {code}), possibly for lack of "
                "memory; see the log, and close other programs or use smaller batches"
            )
        if "error" in message:
            raise RuntimeError(message["error"])
        if "folder" in message:
            return str(message["folder"])
        if "progress" in message:
            progress = TrainingProgress(**message["progress"])
        if report:
            report(progress)


def queue_messages(stream: IO[bytes], messages: Queue[dict[str, Any] | None]) -> None:
    """Queue the message of each line of a stream, and None at its end."""
    for line in stream:
        messages.put(json.loads(line))
    messages.put(None)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a process: close its input, and kill it if it does not end by itself."""
    try:
        process.communicate(timeout=SHUTDOWN_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
