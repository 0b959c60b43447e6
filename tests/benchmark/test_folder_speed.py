"""Speed of a run over a folder against the segmentation alone, and its memory.

``pytest -m benchmark -s tests/benchmark/test_folder_speed.py``; the number of images is
that of NUCLEI_BENCH_IMAGES, by default 200.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pytest
import tifffile

from napari_nuclei import MeasureConfig, load_segmenter, segment_files, synthetic_nuclei
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.tables.nuclei_table import concatenate_tables

pytestmark = pytest.mark.benchmark

IMAGES = int(os.environ.get("NUCLEI_BENCH_IMAGES", "200"))
SIDE, DIFFERENT, WORKERS = 1024, 8, 2
MIN_SPEED = 0.8
"""Lowest speed of the run, as a fraction of that of the segmentation alone."""


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return the wall time and the processor time of a call, in seconds."""
    wall, processor = perf_counter(), process_time()
    call()
    return perf_counter() - wall, process_time() - processor


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("table", [False, True], ids=["labels", "labels and table"])
def test_speed_of_a_folder_against_the_segmentation_alone(
    tmp_path: Path, table: bool
) -> None:
    planes = [synthetic_nuclei((SIDE, SIDE), seed=n)[0] for n in range(DIFFERENT)]
    folder = tmp_path / "plate"
    folder.mkdir()
    for number in range(IMAGES):
        tifffile.imwrite(folder / f"{number:04}.tif", planes[number % DIFFERENT])
    segmenter = load_segmenter()
    segmenter.run(planes[0])

    def alone() -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            chosen = (planes[number % DIFFERENT] for number in range(IMAGES))
            for _ in pool.map(lambda plane: segmenter.run(plane).count, chosen):
                pass

    def run(first: int, last: int) -> list[FileResult]:
        return segment_files(
            sorted(folder.glob("*.tif"))[first:last],
            tmp_path / f"out{first}",
            model=segmenter,
            workers=WORKERS,
            measurements=MeasureConfig() if table else None,
        )

    alone_wall, alone_processor = timed(alone)
    half = IMAGES // 2
    first = timed(lambda: run(0, half))
    memory = peak_megabytes()
    second = timed(lambda: run(half, IMAGES))
    wall, processor = np.add(first, second)
    grown = peak_megabytes() - memory
    print(
        f"\n{IMAGES} images: {wall:.0f} s, segmentation alone {alone_wall:.0f} s "
        f"(processor {processor:.0f} and {alone_processor:.0f} s); speed "
        f"{alone_wall / wall:.0%} ({alone_processor / processor:.0%}); second half "
        f"{second[1] / first[1]:.2f} times the first; peak memory +{grown:.0f} MB in it"
    )
    assert alone_processor / processor > MIN_SPEED


@pytest.mark.parametrize("images", [200, 1000])
def test_time_of_the_table_of_all_nuclei(tmp_path: Path, images: int) -> None:
    rows = "\n".join(f"{n},{n * 1.25!r},{n / 3!r},{n / 7!r}" for n in range(1, 501))
    results = []
    for number in range(images):
        path = tmp_path / f"{number}_nuclei.csv"
        path.write_text(f"label,area,centroid-0,centroid-1\n{rows}\n")
        results.append(FileResult(Path(f"{number}.tif"), 500, written=(path,)))
    _, seconds = timed(lambda: concatenate_tables(results, tmp_path / "nuclei.csv"))
    print(f"\n{images} tables: {1000 * seconds / images:.2f} ms a table")
