"""Score tracking on synthetic movies with true tracks.

    python tests/benchmark/tracking_scores.py [--segment] [--missed SHARE] [--seeds N]

prints, for each kind of movie, the mean measures of the Cell Tracking Challenge
(py-ctcmetrics) and the numbers of tracks and divisions of all movies. It tracks the
true labels, numbered anew in every frame; with --missed without a share of them, with
--segment the labels that the bundled model finds in the images.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from ctc_metrics import evaluate_sequence

from napari_nuclei.core.movies.cells import MovieSettings
from napari_nuclei.core.movies.movie import synthetic_movie
from napari_nuclei.core.tracking.track import track
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.io.tracks.ctc import write_ctc

MOVIES = {
    "calm": (36, MovieSettings(division_rate=0.0)),
    "divisions": (30, MovieSettings(division_rate=0.03)),
    "fast": (36, MovieSettings(speed=0.3)),
    "drift": (36, MovieSettings(drift=(0.1, 0.5))),
    "crossing": (36, MovieSettings(crossing=0.25, division_rate=0.0)),
    "touching": (60, MovieSettings(spacing=0.95)),
    "crowd": (110, MovieSettings(speed=0.15, spacing=1.0)),
    "bleaching": (36, MovieSettings(bleaching=0.05, light=0.5)),
    "low light": (36, MovieSettings(light=0.12)),
}
"""Number of nuclei in 256 x 256 pixels, and settings, of each movie."""

METRICS = ["DET", "SEG", "TRA", "LNK"]


def score(truth: Tracking, found: Tracking) -> dict[str, float]:
    """Return the measures of the Cell Tracking Challenge, from 0 to 1."""
    with tempfile.TemporaryDirectory() as name:
        gt, res = Path(name, "01_GT"), Path(name, "01_RES")
        write_ctc(truth, gt / "TRA", truth=True)
        write_ctc(found, res)
        (gt / "SEG").mkdir()
        for path in (gt / "TRA").glob("*.tif"):
            number = path.stem.removeprefix("man_track")
            shutil.copy(path, gt / "SEG" / f"man_seg{number}.tif")
        with contextlib.redirect_stdout(io.StringIO()):
            return evaluate_sequence(str(res), str(gt), metrics=METRICS, threads=1)


def renumber_frames(labels, rng, missed=0.0):
    """Give the nuclei of every frame new numbers; leave out a share of them."""
    result = np.zeros_like(labels)
    for old, new in zip(labels, result, strict=True):
        numbers = rng.permutation(int(labels.max()) + 1).astype(np.int32) + 1
        numbers[0] = 0
        numbers[rng.random(len(numbers)) < missed] = 0
        new[...] = numbers[old]
    return result


def main() -> None:
    """Print a row for each movie."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--segment", action="store_true")
    parser.add_argument("--missed", type=float, default=0.0)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--movies", nargs="+", default=[*MOVIES])
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"{'movie':12}{'DET':>7}{'SEG':>7}{'TRA':>7}{'LNK':>7}  tracks (true)  "
        "divisions (true, right)  seconds"
    )
    for name in args.movies:
        rows = [measure_movie(name, seed, args) for seed in range(args.seeds)]
        scores = "".join(f"{np.mean([row[m] for row in rows]):7.3f}" for m in METRICS)
        found, true, divisions, real, right, tracking, all_of_it = (
            sum(row[key] for row in rows)
            for key in (
                *("found", "true", "divisions", "real", "right"),
                *("tracking", "all"),
            )
        )
        print(
            f"{name:12}{scores}  {found:5} ({true:5})  "
            f"{divisions:5} ({real:3}, {right:3})  {tracking:5.2f}"
            + (f" of {all_of_it:5.1f}" if args.segment else ""),
            flush=True,
        )


def measure_movie(name: str, seed: int, args: argparse.Namespace) -> dict[str, float]:
    """Make a movie, find its nuclei if asked for, track them, and score the tracks."""
    count, settings = MOVIES[name]
    image, truth, parents = synthetic_movie(
        (256, 256), args.frames, count=count, seed=seed + 1, settings=settings
    )
    true = Tracking.from_numbers(truth, parents)
    labels = renumber_frames(truth, np.random.default_rng(seed), args.missed)
    began = time.perf_counter()
    if args.segment:
        from napari_nuclei import load_segmenter

        labels = load_segmenter().segment(image, axes="TYX")
    middle = time.perf_counter()
    found = track(labels)
    now = time.perf_counter()
    return {
        **score(true, found),
        "found": len(found.tracks),
        "true": len(true.tracks),
        "divisions": found.n_divisions,
        "real": true.n_divisions,
        "right": count_right(true, found, truth),
        "tracking": now - middle,
        "all": now - began,
    }


def count_right(true: Tracking, found: Tracking, truth) -> int:
    """Return how many divisions were found at the right nucleus and frame."""
    labels, right = found.labels, 0
    ends = found.tracks[found.tracks["fate"] == "divided"]
    fate = true.tracks.set_index("track")
    for row in ends.itertuples():
        names, counts = np.unique(
            truth[row.end][labels[row.end] == row.track], return_counts=True
        )
        mother = int(names[counts.argmax()])
        if mother and fate.loc[mother, "fate"] == "divided":
            right += abs(int(fate.loc[mother, "end"]) - row.end) <= 1
    return right


if __name__ == "__main__":
    main()
