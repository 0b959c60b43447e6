"""Print the processor time of each stage of a large image, for ``test_large.py``.

The last line is JSON: seconds by stage, and those of a part of the image in memory.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import zarr

from napari_nuclei import load_segmenter, segment_large
from napari_nuclei.core.plane_segmenter import PlaneSegmenter
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.scale import block_task, large_run
from napari_nuclei.scale.block_runner import BlockRunner

MEMORY_SIDE = 4096
SECONDS: dict[str, float] = defaultdict(float)
LOCK = threading.Lock()


def time_stage(
    owner: Any, name: str, stage: str, clock: Callable[[], float] = time.thread_time
) -> None:
    """Add the processor time of a function to a stage.

    `time.thread_time` counts the caller's thread only, `time.process_time` counts all.
    """
    function = getattr(owner, name)

    def timed(*args: Any, **options: Any) -> Any:
        began = clock()
        try:
            return function(*args, **options)
        finally:
            with LOCK:
                SECONDS[stage] += clock() - began

    setattr(owner, name, timed)


def time_row_bands() -> None:
    """Add the time of the threads that label row bands to labelling."""
    run = ThreadPoolExecutor.submit

    def submit(pool: Any, function: Any, *args: Any, **options: Any) -> Any:
        if not pool._thread_name_prefix.startswith("row-band"):
            return run(pool, function, *args, **options)

        def timed(*args: Any, **options: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*args, **options)
            finally:
                with LOCK:
                    SECONDS["labelling"] += time.thread_time() - began

        return run(pool, timed, *args, **options)

    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]


def main(source: str, destination: str, table: str | None = None) -> None:
    """Segment an image in blocks, and a part of it in memory."""
    pixels = np.asarray(zarr.open_array(source)[:MEMORY_SIDE, :MEMORY_SIDE])
    segmenter = load_segmenter()
    segmenter.run(pixels[:1024, :1024])
    began = time.process_time()
    segmenter.run(pixels)
    in_memory = (time.process_time() - began) / pixels.size
    time_stage(large_run, "compute_image_statistics", "statistics", time.process_time)
    time_stage(BlockRunner, "run", "blocks", time.process_time)
    time_stage(large_run, "merge_blocks", "merging, pyramid, table", time.process_time)
    time_stage(LiteRTNetwork, "_run", "network")
    time_stage(PlaneSegmenter, "predict_tiles", "cropping, blending")
    time_stage(PlaneSegmenter, "label", "labelling")
    time_stage(block_task.BlockTask, "measure_nuclei", "measuring")
    time_stage(block_task, "find_owned_nuclei", "finding the nuclei of a block")
    time_stage(block_task, "encode_block", "encoding")
    time_row_bands()
    began = time.process_time()
    segment_large(source, destination, model=segmenter, table=table)
    SECONDS["all"] = time.process_time() - began
    print(json.dumps({"seconds": SECONDS, "in_memory": in_memory}))


if __name__ == "__main__":
    main(*sys.argv[1:])
