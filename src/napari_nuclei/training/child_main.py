"""The program of the child process that trains: one request, messages as JSON lines."""

from __future__ import annotations

import _thread
import json
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_nuclei.core.errors import format_error
from napari_nuclei.training.child_process import STOP_REQUEST, ChildRequest


def read_stop_requests(stop: threading.Event) -> None:
    """Read stop requests from stdin; exit at end of file."""
    # Not sys.stdin: a thread that reads it would block the exit of the interpreter.
    while request := os.read(0, len(STOP_REQUEST)):
        if request == STOP_REQUEST:
            stop.set()
    _thread.interrupt_main()


def main(path: Path) -> None:
    """Run a pickled request and report on the standard output."""
    # TensorFlow prints to standard output too: redirect that to standard error.
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
    """Run a request: start a training run or continue one; return the model's folder.

    Parameters
    ----------
    request : ChildRequest
    started : float
        Time of the request from `time.time`, in seconds.
    stop : threading.Event
        Once set, training ends after the current step.
    send : callable
        Sends keyword arguments as one message to the parent process.
    """
    from napari_nuclei.training.loop.hooks import Hooks
    from napari_nuclei.training.loop.state import Epoch
    from napari_nuclei.training.train import resume, train

    progress: dict[str, Any] = {}

    def on_step(done: int, total: int) -> None:
        progress.update(done=done, total=total, seconds=time.time() - started)
        send(progress=progress)

    def on_epoch(epoch: Epoch, _: object) -> None:
        progress.update(epoch=epoch.number, row=epoch.as_row())
        send(progress=progress)

    hooks = Hooks(progress=on_step, epoch=on_epoch, stop=stop.is_set)
    if request.resume:
        return resume(request.name, hooks=hooks)
    config = request.config
    if config and config.budget:  # the time to load this process counts too
        seconds_left = max(1.0, config.budget - (time.time() - started))
        config = replace(config, budget=seconds_left)
    return train(
        request.samples,
        request.name,
        config=config,
        validation=request.validation,
        base=request.base,
        hooks=hooks,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
