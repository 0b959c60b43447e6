"""Where work is done piece by piece: threads of this process, or dask's workers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any, Protocol, TypeVar

from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.lazy_images import import_extra
from napari_nuclei.model.engine import available_cores

POLL_SECONDS = 0.2
"""Seconds after which one who waits for a piece is asked whether to go on."""

Item = TypeVar("Item")
Result = TypeVar("Result")
InputT = TypeVar("InputT", contravariant=True)
OutputT = TypeVar("OutputT", covariant=True)


class Task(Protocol[InputT, OutputT]):
    """Does a piece; `check` is told (done, total) now and then and raises to end it."""

    def __call__(self, item: InputT, check: Progress | None = None, /) -> OutputT:
        """Do one piece."""


class RunCancelled(Exception):
    """Raised inside a piece when the run has been cancelled."""


def run_tasks(
    work: Task[Item, Result],
    items: Sequence[Item],
    make_failure: Callable[[Item, str], Result],
    *,
    workers: int | None = None,
    scheduler: Any = None,
    poll: Callable[[], object] = lambda: None,
) -> Iterator[tuple[Item, Result]]:
    """Work on items and yield each with its result as it is done, in any order.

    Parameters
    ----------
    work : callable
        Tells in its result what went wrong; pickled where there is a scheduler.
    items : sequence
    make_failure : callable
        Makes the result of an item whose worker was lost, from the reason.
    workers : int, optional
        Items at once; by default two, so that the cores label one while the network
        runs on another, and one for every two cores on larger machines.
    scheduler : str or dask.distributed.Client, optional
        Runs the work on dask's workers.
    poll : callable, optional
        Is called again and again while no piece is done; raises to end all of them.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1; got {workers}")
    if scheduler is not None:
        return run_on_dask(work, items, make_failure, scheduler)
    workers = workers or max(2, min(8, available_cores() // 2))
    return run_in_threads(work, items, workers, poll)


def run_in_threads(
    work: Task[Item, Result],
    items: Sequence[Item],
    workers: int,
    poll: Callable[[], object],
) -> Iterator[tuple[Item, Result]]:
    """Work on items in threads; LiteRT and OpenCV run beside each other."""
    stop = threading.Event()

    def check(done: int, total: int) -> None:
        if stop.is_set():
            raise RunCancelled

    waiting = iter(items)
    with ThreadPoolExecutor(workers, "piece") as pool:
        running = {pool.submit(work, i, check): i for i in islice(waiting, workers)}
        try:
            while running:
                done, _ = wait(running, POLL_SECONDS, return_when=FIRST_COMPLETED)
                if not done:
                    poll()
                for future in done:
                    item = running.pop(future)
                    for following in islice(waiting, 1):
                        running[pool.submit(work, following, check)] = following
                    yield item, future.result()
        finally:
            stop.set()


def run_on_dask(
    work: Task[Item, Result],
    items: Sequence[Item],
    make_failure: Callable[[Item, str], Result],
    scheduler: Any,
) -> Iterator[tuple[Item, Result]]:
    """Work on items on dask's workers; those of a lost worker are done by others."""
    distributed = import_extra("distributed")
    client = scheduler
    if isinstance(scheduler, str):
        client = distributed.Client(scheduler)
    try:
        futures = client.map(work, items, pure=False)
        item_of = dict(zip(futures, items, strict=True))
        for future in distributed.as_completed(futures):
            item = item_of[future]
            if future.status == "finished":
                yield item, future.result()
            else:
                yield item, make_failure(item, str(future.exception()))
    finally:
        if client is not scheduler:
            client.close()
