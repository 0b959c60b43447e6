"""A training in a process of its own, for programs that have a window.

TensorFlow and the Mesa drivers of many Linux desktops both bring LLVM, and crash a
process that loads both; and TensorFlow gives a GPU's memory back only when its process
ends. A process apart also leaves the window all of its own Python's time.
"""

from __future__ import annotations

import _thread
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from typing import IO, Any

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.errors import format_error
from napari_nuclei.data.datasets import Sample

LOGGER = logging.getLogger("napari_nuclei")

POLL = 0.2
"""Seconds between looks at whether to stop while the other process is silent."""

SHUTDOWN_TIMEOUT = 3.0
"""Seconds that the other process is given to end by itself."""

STOP_REQUEST = b"stop\n"


@dataclass(frozen=True, slots=True)
class ChildRequest:
    """Hold what the child process has to do.

    Attributes
    ----------
    name : str
        Name of the new model, or of the interrupted training.
    config : TrainConfig, optional
        Training settings; needed unless `resume` is set.
    samples, validation, base
        As for `napari_nuclei.train`.
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
    """How far a training has come.

    Attributes
    ----------
    done, total : int
        Steps; both 0 until the first one.
    epoch : int
        The last epoch that has ended; 0 for none.
    row : dict of str to float
        Of that epoch, as `Epoch.as_row` gives it: loss, dice, val_loss, val_dice...
    seconds : float
        Since training began.
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
    """Train a model as `napari_nuclei.train` does, in another process.

    Parameters
    ----------
    samples, name, config, validation, base
        As of `napari_nuclei.train`.
    report : callable, optional
        Is told the stage several times a second. By raising it ends the training,
        and nothing is kept.
    stop : threading.Event, optional
        Once set, training ends after the present step and keeps the best weights.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    RuntimeError
        If training fails, with the message of the other process.
    """
    request = ChildRequest(name, config, samples, validation, base)
    return run_child_process(request, report, stop)


def resume_in_child_process(
    name: str,
    *,
    report: Callable[[TrainingProgress], None] | None = None,
    stop: threading.Event | None = None,
) -> Path:
    """Continue an interrupted training in another process.

    Parameters
    ----------
    name : str
        One of `list_interrupted`.
    report, stop
        As for `train_in_child_process`.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    RuntimeError
        If training fails, with the message of the other process.
    """
    return run_child_process(ChildRequest(name, resume=True), report, stop)


def run_child_process(
    request: ChildRequest,
    report: Callable[[TrainingProgress], None] | None,
    stop: threading.Event | None,
) -> Path:
    """Run a request in another process; return the model's folder."""
    started = time.time()
    with TemporaryDirectory(prefix="napari-nuclei-") as place:
        path, log = Path(place, "request.pickle"), Path(place, "log.txt")
        path.write_bytes(pickle.dumps((request, started)))
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "napari_nuclei.training.child_process",
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
                said = log.read_text(encoding="utf-8", errors="replace")
                LOGGER.error("the training's own log:\n%s", said)
                raise
            finally:
                end_process(process)


def wait_for_result(
    process: subprocess.Popen[bytes],
    report: Callable[[TrainingProgress], None] | None,
    stop: threading.Event | None,
) -> str:
    """Listen to a training until it has ended; return the model's folder."""
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
                f"training ended unexpectedly (exit code {code}); was there too little "
                "memory? The log says more"
            )
        if "error" in message:
            raise RuntimeError(message["error"])
        if "folder" in message:
            return str(message["folder"])
        if "stage" in message:
            progress = TrainingProgress(**message["stage"])
        if report:
            report(progress)


def queue_messages(stream: IO[bytes], messages: Queue[dict[str, Any] | None]) -> None:
    """Put each line's message into a queue, and None after the last one."""
    for line in stream:
        messages.put(json.loads(line))
    messages.put(None)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """See to it that a process ends; it takes its closed input as a call to leave."""
    try:
        process.communicate(timeout=SHUTDOWN_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def read_stop_requests(stop: threading.Event) -> None:
    """Wait for the word to stop; leave when the other side has gone."""
    # Not sys.stdin: a thread that waits in it would block the interpreter's end.
    while word := os.read(0, len(STOP_REQUEST)):
        if word == STOP_REQUEST:
            stop.set()
    _thread.interrupt_main()


def main(path: Path) -> None:
    """Run a pickled request and report on the standard output."""
    # TensorFlow prints there too; it is given the standard error instead.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(**message: Any) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    stop = threading.Event()
    threading.Thread(target=read_stop_requests, args=(stop,), daemon=True).start()
    try:
        request, started = pickle.loads(path.read_bytes())
        send(folder=str(train_from_request(request, started, stop, send)))
    except Exception as error:
        traceback.print_exc()
        send(error=format_error(error))


def train_from_request(
    request: ChildRequest,
    started: float,
    stop: threading.Event,
    send: Callable[..., None],
) -> Path:
    """Train, or continue a training, as a request says.

    Parameters
    ----------
    request : ChildRequest
    started : float
        When the other process made the request, in seconds as of `time.time`.
    stop : threading.Event
        Once set, training ends after the current step.
    send : callable
        Sends keyword arguments as one message to the other process.
    """
    from napari_nuclei.training.loop.fit import Hooks
    from napari_nuclei.training.loop.state import Epoch
    from napari_nuclei.training.train import resume, train

    stage: dict[str, Any] = {}

    def stepped(done: int, total: int) -> None:
        stage.update(done=done, total=total, seconds=time.time() - started)
        send(stage=stage)

    def ended(epoch: Epoch, _: object) -> None:
        stage.update(epoch=epoch.number, row=epoch.as_row())
        send(stage=stage)

    hooks = Hooks(progress=stepped, epoch=ended, stop=stop.is_set)
    if request.resume:
        return resume(request.name, hooks=hooks)
    config = request.config
    if config and config.budget:  # the time to load this process counts too
        seconds_left = max(1.0, config.budget - (time.time() - started))
        config = replace(config, budget=seconds_left)
    return train(
        request.samples,
        config,
        name=request.name,
        validation=request.validation,
        base=request.base,
        hooks=hooks,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
