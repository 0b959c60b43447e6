from __future__ import annotations

import threading
import time

import pytest

from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.runners import RunCancelled, describe_loss, run_tasks


def double(item: int, check: Progress | None = None) -> int:
    return 2 * item


def no_failure(item: int, reason: str) -> int:
    raise AssertionError(reason)


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_every_item_is_processed_once(workers: int | None) -> None:
    results = list(run_tasks(double, range(20), no_failure, workers=workers))
    assert sorted(results) == [(item, 2 * item) for item in range(20)]


def test_no_more_items_run_at_once_than_there_are_workers() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def task(item: int, check: Progress | None = None) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return item

    assert len(list(run_tasks(task, range(12), no_failure, workers=2))) == 12
    assert most == 2


def test_an_error_in_poll_cancels_the_running_items() -> None:
    started, cancelled = threading.Event(), []

    def task(item: int, check: Progress | None = None) -> int:
        started.set()
        assert check is not None
        try:
            for _ in range(3000):
                check(0, 1)
                time.sleep(0.01)
        except RunCancelled:
            cancelled.append(item)
            raise
        return item

    def poll() -> None:
        if started.is_set():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_tasks(task, range(5), no_failure, workers=1, poll=poll))
    assert cancelled == [0]


def test_at_least_one_worker_is_needed() -> None:
    with pytest.raises(ValueError, match="workers must be at least 1; got 0"):
        run_tasks(double, [1], no_failure, workers=0)


def test_a_task_that_kills_the_workers_of_a_cluster_has_a_reason() -> None:
    class KilledWorker(Exception):
        """Stands for the error of dask, whose message is of several lines."""

    assert "The workers that ran this task died" in describe_loss(KilledWorker("a\nb"))
    assert describe_loss(ValueError("no\nimage")) == "no image"
