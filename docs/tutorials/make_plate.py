"""Make the images of a well plate with known truth: ``python make_plate.py plate``.

Each well has two files, as ImageXpress names them: ``B02_s1_w1.tif`` shows all nuclei,
``B02_s1_w2.tif`` a marker that a drug switches off. The first column is the control
without drug (DMSO), the last one holds the highest dose; the columns between are doses.
``conditions.csv`` states the condition of each well, ``truth.csv`` its true counts.

With at least three rows, the plate has one well of each kind of mistake: one is empty,
one is out of focus, and one holds bright debris.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np
import tifffile

from napari_nuclei import synthetic_nuclei

DIAMETER = 18
"""Diameter of the nuclei, in pixels."""

HALF_DOSE = 0.35
"""Dose that switches the marker off in half of the nuclei; the highest dose is 1."""


def positive_share(dose: float) -> float:
    """Return the true share of nuclei with the marker at a dose."""
    return 0.9 / (1 + (dose / HALF_DOSE) ** 3)


def mistakes_of(rows: int, columns: int) -> dict[tuple[int, int], str]:
    """Return what is wrong in some wells, by row and column from 0."""
    if rows < 3:
        return {}
    return {
        (1, columns // 2): "empty",
        (2, columns // 2): "out of focus",
        (2, columns // 2 - 1): "debris",
    }


def make_well(
    size: int, dose: float, mistake: str, seed: int
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Return the two channels of a well, its nuclei and its positive nuclei."""
    rng = np.random.default_rng(seed)
    image, truth = synthetic_nuclei((size, size), diameter=DIAMETER, seed=seed)
    if mistake == "empty":
        image = rng.normal(100, 6, image.shape).clip(0).astype(np.uint16)
        truth = np.zeros_like(truth)
    count = int(truth.max())
    positive = np.concatenate([[False], rng.random(count) < positive_share(dose)])
    levels = np.where(positive, rng.normal(1500, 200, count + 1), 250.0)
    levels[0] = 100
    marker = cv2.GaussianBlur(levels[truth].astype(np.float32), (0, 0), 1.5)
    marker = rng.poisson(marker.clip(0)).astype(np.uint16)
    if mistake == "out of focus":
        image = cv2.GaussianBlur(image, (0, 0), 6)
    elif mistake == "debris":
        for _ in range(12):
            y, x = rng.integers(0, size, 2)
            length, angle = rng.integers(60, 120), rng.uniform(0, np.pi)
            end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
            cv2.line(image, (int(x), int(y)), end, 60_000, 3)
    return image, marker, count, int(positive.sum())


def make_plate(
    folder: Path, rows: int = 2, columns: int = 3, size: int = 256, seed: int = 0
) -> None:
    """Write the images of a plate, its conditions and its true counts."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    mistakes = mistakes_of(rows, columns)
    table = [("well", "condition", "dose", "nuclei", "positive", "mistake")]
    for row in range(rows):
        for column in range(columns):
            well = f"{chr(ord('A') + row)}{column + 1:02d}"
            dose = column / (columns - 1)
            mistake = mistakes.get((row, column), "")
            number = seed + row * columns + column
            first, second, nuclei, positive = make_well(size, dose, mistake, number)
            for channel, pixels in ((1, first), (2, second)):
                path = images / f"{well}_s1_w{channel}.tif"
                tifffile.imwrite(path, pixels, compression="zlib")
            condition = f"{dose:.2f} µM"
            if column in (0, columns - 1):
                condition = "DMSO" if column == 0 else "full dose"
            table.append((well, condition, f"{dose:.3f}", nuclei, positive, mistake))
    for name, count in (("conditions.csv", 2), ("truth.csv", len(table[0]))):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(line[:count] for line in table)


def main() -> None:
    """Read the arguments and make a plate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=2, help="1 to 16 [2]")
    parser.add_argument("--columns", type=int, default=3, help="2 to 24 [3]")
    parser.add_argument("--size", type=int, default=256, help="side in pixels [256]")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    make_plate(args.folder, args.rows, args.columns, args.size, args.seed)


if __name__ == "__main__":
    main()
