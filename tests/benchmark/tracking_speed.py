"""Measure time and memory of tracking a long movie, against segmenting it.

    python tests/benchmark/tracking_speed.py [--frames 200] [--side 1024]

The true labels of a synthetic movie, numbered anew in each frame, are stored as zarr
with a chunk a frame. Another process tracks them and writes a TIFF. A few frames are
segmented for comparison.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import zarr

from napari_nuclei.core.movies.movie import synthetic_movie

SEGMENTED = 4
"""Frames that are segmented."""

DIFFERENT = 20
"""Frames that are made; longer movies play them forwards and backwards."""


def make_movie(folder: Path, side: int, frames: int) -> None:
    """Store a movie of labels, and the first images."""
    image, labels, _ = synthetic_movie((side, side), DIFFERENT, seed=1)
    store = zarr.create_array(
        folder / "labels.zarr",
        shape=(frames, side, side),
        chunks=(1, side, side),
        dtype="i4",
    )
    rng = np.random.default_rng(0)
    there_and_back = [*range(DIFFERENT), *range(DIFFERENT - 2, 0, -1)]
    for t in range(frames):
        frame = labels[there_and_back[t % len(there_and_back)]]
        numbers = np.append(0, rng.permutation(int(labels.max())) + 1)
        store[t] = numbers[frame].astype(np.int32)
    np.save(folder / "images.npy", image[:SEGMENTED])


def peak() -> float:
    """Return the largest memory of this process so far, in MB."""
    status = Path("/proc/self/status").read_text()  # rusage counts the parent too
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def track_movie(folder: Path) -> None:
    """Track the movie and print time and memory."""
    import laptrack  # noqa: F401 - its import is not tracking

    from napari_nuclei import track
    from napari_nuclei.io.tracks.track_files import write_tracks

    labels = zarr.open_array(folder / "labels.zarr", mode="r")
    _ = labels[0]
    before, began = peak(), time.perf_counter()
    tracking = track(labels)
    middle, linked = peak(), time.perf_counter()
    write_tracks(tracking, folder, "movie", ["labels", "csv", "nuclei"])
    ended = time.perf_counter()
    print(
        f"{tracking}\ntracking {linked - began:.1f} s "
        f"({(linked - began) / labels.shape[0] * 1e3:.0f} ms a frame), "
        f"{middle - before:.0f} MB more than {before:.0f} MB; "
        f"writing {ended - linked:.1f} s, {peak() - middle:.0f} MB more",
        flush=True,
    )


def segment(folder: Path, frames: int) -> None:
    """Segment a few frames and print the time of all."""
    from napari_nuclei import load_segmenter

    images = np.load(folder / "images.npy")
    segmenter = load_segmenter()
    segmenter.segment(images[0])
    began = time.perf_counter()
    segmenter.segment(images, axes="TYX")
    seconds = (time.perf_counter() - began) / len(images)
    print(f"segmenting {seconds:.2f} s a frame, {seconds * frames:.0f} s for all")


def main() -> None:
    """Make, track and segment a movie."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--track", type=Path)
    args = parser.parse_args()
    if args.track:
        track_movie(args.track)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_movie(folder, args.side, args.frames)
        subprocess.run([sys.executable, __file__, "--track", folder], check=True)
        segment(folder, args.frames)


if __name__ == "__main__":
    main()
