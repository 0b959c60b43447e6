from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.training import child_main
from napari_nuclei.training.child_main import read_stop_requests, train_from_request
from napari_nuclei.training.child_process import STOP_REQUEST, ChildRequest
from napari_nuclei.training.loop.state import Epoch


def test_stop_requests_are_read_until_the_end_of_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupted: list[bool] = []
    input_parts: Iterator[bytes] = iter([b"other", STOP_REQUEST, b""])
    monkeypatch.setattr(child_main.os, "read", lambda *_: next(input_parts))
    monkeypatch.setattr(
        child_main._thread, "interrupt_main", lambda: interrupted.append(True)
    )
    stop = threading.Event()
    read_stop_requests(stop)
    assert stop.is_set()
    assert interrupted == [True]


def test_a_request_is_trained_with_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[dict[str, Any]] = []
    messages: list[dict[str, Any]] = []

    def train(samples: Any, name: str, **options: Any) -> Path:
        calls.append({"samples": samples, "name": name, **options})
        options["hooks"].progress(1, 4)
        options["hooks"].epoch(Epoch(1, 2.0, {"loss": 0.5}, {"loss": 1.0}), None)
        return Path(name)

    monkeypatch.setattr("napari_nuclei.training.train.train", train)
    request = ChildRequest("mine", TrainConfig(budget=90), base="nuclei")
    folder = train_from_request(
        request, time.time() - 30, threading.Event(), lambda **x: messages.append(x)
    )
    assert folder == Path("mine")
    assert calls[0]["config"].budget == pytest.approx(60, abs=5)
    assert (calls[0]["name"], calls[0]["base"]) == ("mine", "nuclei")
    assert messages[-1]["progress"]["done"] == 1
    assert messages[-1]["progress"]["row"]["val_loss"] == 1


def test_a_request_can_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "napari_nuclei.training.train.resume", lambda name, hooks: Path(name)
    )
    request = ChildRequest("mine", resume=True)
    stop = threading.Event()
    assert train_from_request(request, 0.0, stop, print) == Path("mine")
