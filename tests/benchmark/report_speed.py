"""Time a report of many images, and print its size and the memory it needs.

Run it from the repository's root::

    python tests/benchmark/report_speed.py --images 1000 --side 1024

The results are made by code, without a network: images, labels, tables of nuclei,
`results.csv` with flags and `results.json`, of a plate with a dose response.
"""

from __future__ import annotations

import argparse
import csv
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from napari_nuclei import (
    SegmentConfig,
    load_model_card,
    measure,
    synthetic_nuclei,
    write_labels,
    write_report,
    write_table,
)
from napari_nuclei.scale.records.run_record import make_run_record, write_run_record

SCENES = 12
"""Number of different images; each well gets one of them with noise of its own."""

ROWS, COLUMNS = 16, 24

EMPTY, BLURRED, DEBRIS = {"A06", "K20"}, {"C17"}, {"H03"}


def make_results(folder: Path, images: int, side: int) -> Path:
    """Write the images and results of a plate; return the folder of the results.

    Parameters
    ----------
    folder : Path
    images : int
        Number of images; the wells get one field after another.
    side : int
        Side of an image, in pixels.
    """
    out, plate = folder / "out", folder / "plate"
    out.mkdir(parents=True)
    plate.mkdir()
    rng = np.random.default_rng(0)
    scenes = [
        synthetic_nuclei((side, side), count=side * side // 5200, seed=n)
        for n in range(SCENES)
    ]
    rows: list[list[Any]] = []
    for number in range(images):
        at = number % (ROWS * COLUMNS)
        row, column = divmod(at, COLUMNS)
        well = f"{chr(65 + row)}{column + 1:02d}"
        name = f"{well}_s{number // (ROWS * COLUMNS) + 1}"
        image, labels = scenes[number % SCENES]
        image, labels, flags = image.astype(np.float32), labels.copy(), ""
        dose = 0 if column < 2 else (column - 1) / 22 if column < 22 else 1.0
        labels[rng.random(labels.max() + 1)[labels] < 0.7 * dose * (labels > 0)] = 0
        image = np.where(labels > 0, image, np.minimum(image, np.median(image) * 1.1))
        if well in EMPTY:
            labels[:], flags = 0, "empty"
            image = np.minimum(image, np.median(image))
        elif well in BLURRED:
            flags = "out of focus"
            import cv2

            image = cv2.GaussianBlur(image, (0, 0), 6)
        elif well in DEBRIS:
            flags = "saturated; not nuclei"
            image[side // 3 : side // 2, side // 4 : side // 2] = image.max() * 2
        image = rng.poisson(np.maximum(image, 0) / 24) * 24
        tifffile.imwrite(plate / f"{name}.tif", image.clip(0, 65535).astype(np.uint16))
        write_labels(labels, out / f"{name}_labels.tif", pixel_size=0.325)
        marker = image * (0.4 + 1.2 * dose)
        table = measure(labels, {"dapi": image, "ki67": marker}, pixel_size=0.325)
        if len(table):
            positive = table["ki67_mean"] > np.median(image[labels > 0])
            table["class"] = np.where(positive, "positive", "negative")
        write_table(table, out / f"{name}_nuclei.csv")
        written = f"{name}_labels.tif/{name}_nuclei.csv"
        rows.append([f"plate/{name}.tif", "done", len(table), 0.41, "", "x", written])
        rows[-1] += ["", flags, round(float(image.std() / image.mean()), 3)]
    if images > 20:
        last = f"{folder}/plate/{name}.tif is not a TIFF that can be read"
        rows[-1] = [rows[-1][0], "failed", 0, 0, last, "x", "", "", "", ""]
    header = ["file", "status", "nuclei", "seconds", "reason", "run", "written"]
    with (out / "results.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*header, "notes", "flags", "contrast"])
        writer.writerows(rows)
    settings = {
        "formats": ["labels", "csv"],
        "channel": None,
        "config": SegmentConfig(diameter=16.0),
    }
    record = make_run_record(
        ["plate"], Path("out"), load_model_card("nuclei"), settings
    )
    record |= {"folder": str(folder), "command": "napari-nuclei segment plate -o out"}
    write_run_record(out, record)
    with (folder / "conditions.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["well", "condition"])
        for at in range(ROWS * COLUMNS):
            row, column = divmod(at, COLUMNS)
            name = f"{10 ** (column / 7 - 3):.3g} µM"
            if column < 2 or column > 21:
                name = "DMSO" if column < 2 else "staurosporine"
            writer.writerow([f"{chr(65 + row)}{column + 1}", name])
    return out


def main() -> None:
    """Make results, write their report, and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--folder", type=Path, help="keep the results here")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        out = folder / "out"
        if not out.exists():
            out = make_results(folder, args.images, args.side)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        path = write_report(
            out,
            conditions=folder / "conditions.csv",
            controls=("staurosporine", "DMSO"),
        )
        seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        size = path.stat().st_size / 1e6
        print(f"{args.images} images of {args.side} x {args.side}: {seconds:.1f} s,")
        print(f"{size:.1f} MB, peak memory {before / 1e3:.0f} to {after / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
