"""Draw speed and accuracy of the networks that were tried; needs no display.

Run it from the repository's root::

    python docs/front.py

The figures are in docs/experiments/front.csv; experiments.md names the commands that
print them.
"""

from __future__ import annotations

import csv
from pathlib import Path

from matplotlib.figure import Figure

from napari_nuclei.evaluation.figures import save

TABLE = Path(__file__).parent / "experiments" / "front.csv"
IMAGE = Path(__file__).parent / "images" / "front.png"
SHIPPED, TRIED = "#dd6b20", "#2b6cb0"


def main() -> None:
    """Draw every network, and a line through those that no faster one exceeds."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows.sort(key=lambda row: -float(row["mpx_s"]))
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    best: list[tuple[float, float]] = []
    for row in rows:
        speed, ap = float(row["mpx_s"]), float(row["mean_ap"])
        colour = SHIPPED if row["shipped"] else TRIED
        axes.plot(speed, ap, "o", color=colour)
        name = row["shipped"] or row["network"]
        axes.annotate(
            name,
            (speed, ap),
            (0, 8 if row["shipped"] else -16),
            ha="center",
            textcoords="offset points",
            color=colour,
        )
        if not best or ap > best[-1][1]:
            best.append((speed, ap))
    axes.plot(*zip(*best, strict=True), color="0.6", lw=1, zorder=0)
    axes.set_xlabel("speed of 128x128 patches, Mpx/s (LiteRT, two cores)")
    axes.set_ylabel("mean AP, IoU .50 to .90, over validation images")
    axes.margins(0.15)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, IMAGE)


if __name__ == "__main__":
    main()
