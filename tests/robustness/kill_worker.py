"""A process that forks runs, so that tests can kill them without waiting for imports.

For each line on standard input it forks a run and prints the number of its process; the
line "wait PID" prints how that process ended.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io import tiff_writer  # noqa: F401
from napari_nuclei.io.locks import PathLockedError
from napari_nuclei.io.ome import image_labels  # noqa: F401
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.large import segment_large

SECONDS_PER_CALL = 0.004


def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return bright pixels as nuclei, after some time."""
    time.sleep(SECONDS_PER_CALL)
    inside = (tiles.mean(axis=-1, keepdims=True) > 0.5).astype(np.float32)
    return np.concatenate([inside, inside], axis=-1)


SEGMENTER = Segmenter(bright, ModelCard("bright", diameter=12, min_size=4))
CONFIG = SegmentConfig(diameter="native", tile=64, overlap=16)


def run(kind: str, source: Path, out: Path) -> None:
    """Segment a folder of files, or an image in blocks."""
    if kind == "folder":
        results = segment_files(
            source,
            out,
            model=SEGMENTER,
            formats=["labels", "csv"],
            config=CONFIG,
            workers=2,
        )
        assert not any(result.reason for result in results)
    else:
        result = segment_large(
            source,
            out / "out.zarr",
            table=out / "out.csv",
            model=SEGMENTER,
            config=CONFIG,
            block=64,
            workers=2,
        )
        assert not result.missing_blocks


def main() -> None:
    """Fork a run for each line, and report how processes end."""
    kind, source = sys.argv[1], Path(sys.argv[2])
    for line in sys.stdin:
        words = line.split()
        if words[0] == "wait":
            _, status = os.waitpid(int(words[1]), 0)
            print(status, flush=True)
            continue
        child = os.fork()
        if child == 0:
            code = 0
            try:
                run(kind, source, Path(words[1]))
            except Exception as error:
                # A second run to one destination is refused; anything else is a fault.
                code = 3 if isinstance(error, PathLockedError) else 1
                code = 4 if isinstance(error, FileExistsError) else code
                if code == 1:
                    print(f"{words[1]}: {format_error(error)}", file=sys.stderr)
            os._exit(code)
        print(child, flush=True)


main()
