"""Fit the weights of `review.WEIGHTS`, and say how well they order nuclei.

For example::

    python tests/benchmark/review_weights.py dsb2018/stage1_train.zip tnbc_he sbsst265

Each argument is a folder or zip file with `val_ids.txt` in or next to it. Printed are
the weights, and the share of all wrong nuclei among the first 20 % of the queue of each
image, by weights that were fitted on other images (5 parts). With `--turns` the network
runs on turned copies of each image too, and each turn's disagreement is one more
property: 1 minus the largest IoU of the nucleus with one that is found there.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from napari_nuclei import load_segmenter, measure, read_dataset
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.correct.missed import missed_candidates
from napari_nuclei.core.correct.review import (
    CONFIDENCE,
    properties_of,
    rank_suspects,
    touching_shares,
)
from napari_nuclei.core.matching import find_overlaps, match_objects
from napari_nuclei.core.segmentation import PlaneResult
from napari_nuclei.data.image_lists import read_ids

FIRST = 0.2

TURNS = {
    "mirrored": lambda image: image[:, ::-1],
    "by 90 degrees": lambda image: np.rot90(image),
    "by 180 degrees": lambda image: image[::-1, ::-1],
}
TURNED_BACK = {**TURNS, "by 90 degrees": lambda labels: np.rot90(labels, -1)}


def list_file(path: Path) -> Path:
    """Return the list of validation images of a data set."""
    return (path if path.is_dir() else path.parent) / "val_ids.txt"


def disagreement(
    labels: NDArray[np.integer], turned: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return 1 minus the largest IoU with a turned nucleus, for nuclei 1, 2, ..."""
    overlaps = find_overlaps(labels, turned)
    best = np.zeros(int(labels.max()) + 1)
    np.maximum.at(best, overlaps.true, overlaps.iou)
    return 1 - best[1:]


def collect(
    paths: list[Path], turns: Iterable[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the properties of all nuclei found, and all missed candidates."""
    segmenter, nuclei, missed = load_segmenter(), [], []
    for path in paths:
        for sample in read_dataset(path, ids=read_ids(list_file(path))):
            axes = "YXS" if sample.image.ndim == 3 else "YX"

            def run(image: NDArray[Any], axes: str = axes) -> PlaneResult:
                image = np.ascontiguousarray(image)
                return next(
                    iter(segmenter.planes(image, make_layout(image.shape, axes)))
                )

            plane = run(sample.image)
            overlaps = find_overlaps(sample.labels, plane.labels)
            matches = match_objects(overlaps)
            lost = ~np.isin(sample.labels, [0, *overlaps.true[matches]])
            found = missed_candidates(plane.labels, plane.foreground)
            clicked = lost[found.centroid_y, found.centroid_x]
            missed.append(found.assign(right=clicked, image=len(missed)))
            table = measure(
                plane.labels, foreground=plane.foreground, curve=plane.maps.curve
            )
            if not len(table):
                continue
            shares = touching_shares(plane.labels)
            ranked = rank_suspects(table, shares)
            values = pd.DataFrame(properties_of(table, shares), index=table.index)
            for turn in turns:
                labels = TURNED_BACK[turn](run(TURNS[turn](sample.image)).labels)
                values[turn] = disagreement(plane.labels, labels)[table.index - 1]
            values["built in"] = ranked.error_probability
            values["wrong"] = ~np.isin(table.index, overlaps.predicted[matches])
            values["image"] = len(missed)
            nuclei.append(values)
    table = pd.concat(nuclei)
    return table.fillna(table.mean()), pd.concat(missed)


def cross_validated(table: pd.DataFrame, names: list[str]) -> NDArray[np.float64]:
    """Return the probability of errors, by weights fitted on other images."""
    result = np.zeros(len(table))
    values, wrong = table[names].to_numpy(), table.wrong.to_numpy()
    for fit, rest in GroupKFold(5).split(values, wrong, table.image):
        model = LogisticRegression(max_iter=1000).fit(values[fit], wrong[fit])
        result[rest] = model.predict_proba(values[rest])[:, 1]
    return result


def share_in_first(table: pd.DataFrame, score: NDArray[np.float64]) -> float:
    """Return the share of wrong nuclei among the first of the queue of each image."""
    found = 0
    for _, image in table.assign(score=score).groupby("image"):
        first = image.sort_values("score", ascending=False, kind="stable")
        found += int(first.wrong.head(int(np.ceil(FIRST * len(image)))).sum())
    return found / int(table.wrong.sum())


def main() -> None:
    """Print weights and figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--turns", action="store_true")
    arguments = parser.parse_args()
    turns = list(TURNS) if arguments.turns else []
    table, missed = collect(arguments.paths, turns)
    other = {"wrong", "image", "built in", *turns}
    names = [name for name in table if name not in other]
    print(f"{int(table.wrong.sum())} of {len(table)} nuclei are wrong")
    for label, chosen in (
        ("all properties", names),
        ("confidence alone", [CONFIDENCE]),
        ("without confidence", [name for name in names if name != CONFIDENCE]),
        *((f"all and {turn}", [*names, turn]) for turn in turns),
    ):
        score = cross_validated(table, chosen)
        means = table[chosen].mean()
        model = LogisticRegression(max_iter=1000)
        model.fit((table[chosen] - means).to_numpy(), table.wrong)
        print(
            f"{label}: {share_in_first(table, score):.3f} of wrong nuclei in the first "
            f"{FIRST:.0%}; expected {score.sum():.0f}, found {table.wrong.sum()}"
        )
        print("  means", means.round(3).to_dict())
        print("  weights", dict(zip(chosen, model.coef_[0].round(2), strict=True)))
        print("  intercept", model.intercept_.round(3))
    built_in = table["built in"].to_numpy()
    print(f"built-in weights: {share_in_first(table, built_in):.3f}")
    rng = np.random.default_rng(0)
    random = [share_in_first(table, rng.random(len(table))) for _ in range(20)]
    print(f"random order: {np.mean(random):.3f}")
    print(
        f"missed candidates: {len(missed)}, of which {missed.right.sum()} are on a "
        f"missed nucleus; expected {missed.error_probability.sum():.0f}"
    )


if __name__ == "__main__":
    main()
