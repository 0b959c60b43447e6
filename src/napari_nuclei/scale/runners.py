"""Where blocks are worked on: threads of this process, or dask's workers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

from napari_nuclei.model.engine import available_cores
from napari_nuclei.scale.blockwork import Block, BlockWork, Failure
from napari_nuclei.scale.sources import need

Outcome = tuple[Block, Failure | None]


class Stopped(Exception):
    """Raised inside a block when the run has been cancelled."""


def run_blocks(
    work: BlockWork,
    blocks: list[Block],
    *,
    workers: int | None = None,
    scheduler: Any = None,
) -> Iterator[Outcome]:
    """Work on blocks and yield each as it is done, in any order.

    Parameters
    ----------
    work : BlockWork
    blocks : list of Block
    workers : int, optional
        Blocks at once; by default two, so that the cores label one while the network
        runs on another, and one for every two cores on larger machines.
    scheduler : str or dask.distributed.Client, optional
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1; got {workers}")
    if scheduler is not None:
        return on_cluster(work, blocks, scheduler)
    return in_threads(work, blocks, workers or max(2, min(8, available_cores() // 2)))


def in_threads(work: BlockWork, blocks: list[Block], workers: int) -> Iterator[Outcome]:
    """Work on blocks in threads; LiteRT and OpenCV run beside each other."""
    stop = threading.Event()

    def check(done: int, total: int) -> None:
        if stop.is_set():
            raise Stopped

    waiting = iter(blocks)
    with ThreadPoolExecutor(workers, "block") as pool:
        running = {
            pool.submit(work, block, check): block for block in islice(waiting, workers)
        }
        try:
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    block = running.pop(future)
                    following = next(waiting, None)
                    if following is not None:
                        running[pool.submit(work, following, check)] = following
                    yield block, future.result()
        finally:
            stop.set()


def on_cluster(
    work: BlockWork, blocks: list[Block], scheduler: Any
) -> Iterator[Outcome]:
    """Work on blocks on dask's workers; those of a lost worker are done by others."""
    distributed = need("distributed")
    client = distributed.Client(scheduler) if isinstance(scheduler, str) else scheduler
    try:
        futures = dict(zip(client.map(work, blocks, pure=False), blocks, strict=True))
        for future in distributed.as_completed(futures):
            block = futures[future]
            if future.status == "finished":
                yield block, future.result()
            else:
                yield block, Failure(block, str(future.exception()))
    finally:
        if client is not scheduler:
            client.close()
