"""Run a task on many items, in threads of this process or on a dask cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any, Protocol, TypeVar

from napari_nuclei.core.errors import format_error
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.model.engine import available_cores

POLL_SECONDS = 0.2
"""Seconds between two calls of `poll` while no item is finished."""

Item = TypeVar("Item")
Result = TypeVar("Result")
InputT = TypeVar("InputT", contravariant=True)
OutputT = TypeVar("OutputT", covariant=True)


class Task(Protocol[InputT, OutputT]):
    """A callable that processes one item.

    It calls `check` with (done, total) from time to time; `check` raises an error to
    cancel.
    """

    def __call__(self, item: InputT, check: Progress | None = None, /) -> OutputT:
        """Process one item."""


class RunCancelled(Exception):
    """Raised inside a task when the run has been cancelled."""


def run_tasks(
    task: Task[Item, Result],
    items: Sequence[Item],
    make_failure: Callable[[Item, str], Result],
    *,
    workers: int | None = None,
    scheduler: Any = None,
    poll: Callable[[], object] = lambda: None,
) -> Iterator[tuple[Item, Result]]:
    """Process items and yield each with its result when it is finished, in any order.

    Parameters
    ----------
    task : callable
        Processes one item. It returns expected errors as results. It is pickled if
        there is a scheduler.
    items : sequence
    make_failure : callable
        Takes an item whose worker was lost, and the reason; returns the item's result.
    workers : int, optional
        Number of items at once. By default one for every two cores, from 2 to 8. With
        at least 2, one item is labelled while the network runs on another.
    scheduler : str or dask.distributed.Client, optional
        Address or client of a dask cluster that runs the task.
    poll : callable, optional
        Called several times a second while no item is finished; raise an error in it
        to cancel. A dask cluster does not call it.

    Yields
    ------
    item, result

    Raises
    ------
    ValueError
        If `workers` is below 1.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1; got {workers}")
    if scheduler is not None:
        return run_on_dask(task, items, make_failure, scheduler)
    workers = workers or max(2, min(8, available_cores() // 2))
    return run_in_threads(task, items, workers, poll)


def run_in_threads(
    task: Task[Item, Result],
    items: Sequence[Item],
    workers: int,
    poll: Callable[[], object],
) -> Iterator[tuple[Item, Result]]:
    """Process items in threads: LiteRT and OpenCV release Python's lock.

    Parameters
    ----------
    task, items, poll
        As for `run_tasks`.
    workers : int
        Number of items at once.

    Yields
    ------
    item, result
        In the order in which items are finished.
    """
    stop = threading.Event()

    def check(done: int, total: int) -> None:
        if stop.is_set():
            raise RunCancelled

    waiting = iter(items)
    with ThreadPoolExecutor(workers, "task") as pool:
        running = {pool.submit(task, i, check): i for i in islice(waiting, workers)}
        try:
            while running:
                done, _ = wait(running, POLL_SECONDS, return_when=FIRST_COMPLETED)
                if not done:
                    poll()
                for future in done:
                    item = running.pop(future)
                    for following in islice(waiting, 1):
                        running[pool.submit(task, following, check)] = following
                    yield item, future.result()
        finally:
            stop.set()


def run_on_dask(
    task: Task[Item, Result],
    items: Sequence[Item],
    make_failure: Callable[[Item, str], Result],
    scheduler: Any,
) -> Iterator[tuple[Item, Result]]:
    """Process items on a dask cluster; if a worker is lost, others take its items.

    Parameters
    ----------
    task, items, make_failure, scheduler
        As for `run_tasks`.

    Yields
    ------
    item, result
        In the order in which items are finished.
    """
    distributed = import_extra("distributed")
    client = scheduler
    if isinstance(scheduler, str):
        client = distributed.Client(scheduler)
    try:
        futures = client.map(task, items, pure=False)
        item_of = dict(zip(futures, items, strict=True))
        for future in distributed.as_completed(futures):
            item = item_of[future]
            if future.status == "finished":
                yield item, future.result()
            else:
                yield item, make_failure(item, describe_loss(future.exception()))
    finally:
        if client is not scheduler:
            client.close()


def describe_loss(error: BaseException) -> str:
    """Return why a cluster could not run a task, as one line."""
    if type(error).__name__ == "KilledWorker":
        return (
            "The workers that ran this task died, several in turn. The image is "
            "damaged, or their memory was short"
        )
    return format_error(error)
