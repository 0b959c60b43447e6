"""The figures at the top of a report."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from napari_nuclei.core.measure.counts import counted
from napari_nuclei.report.report_columns import DENSITY_MM2
from napari_nuclei.report.report_results import Results

SHOWN_FLAGS = 3
"""Number of flags that a tile names."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the summary.

    Attributes
    ----------
    name, value, detail : str
    kind : str
        "bad" or "warn" colour it; otherwise empty.
    """

    name: str
    value: str
    detail: str = ""
    kind: str = ""


def summarize(results: Results) -> list[Tile]:
    """Return the figures at the top of a report."""
    done = results.done
    counts = [image.values.get("nuclei", 0.0) for image in done]
    failed = len(results.images) - len(done)
    wells = {image.well for image in results.images if image.well}
    detail = f"in {counted(len(wells), 'well')}" if wells else ""
    tiles = [
        Tile("Images", show_count(len(results.images)), detail),
        Tile("Nuclei", show_count(sum(counts)), "in all images"),
    ]
    if counts:
        low, high = min(counts), max(counts)
        tiles.append(
            Tile(
                "Median per image",
                show_count(median(counts)),
                f"{show_count(low)} to {show_count(high)}",
            )
        )
    densities = [v for i in done if (v := i.values.get(DENSITY_MM2)) is not None]
    if densities:
        tiles.append(Tile("Median density", show_count(median(densities)), "per mm²"))
    flags = results.count_flags()
    detail = ", ".join(f"{n} {flag}" for flag, n in list(flags.items())[:SHOWN_FLAGS])
    if len(flags) > SHOWN_FLAGS:
        detail += ", ..."
    flagged = len(results.flagged)
    tiles.append(
        Tile("Flagged", show_count(flagged), detail, "warn" if flagged else "")
    )
    tiles.append(Tile("Failed", show_count(failed), "", "bad" if failed else ""))
    return tiles


def show_count(value: float) -> str:
    """Return a number with thin spaces between thousands, without needless digits.

    Examples
    --------
    >>> show_count(12.5), show_count(311.0)
    ('12.5', '311')
    """
    digits = 0 if value == int(value) or abs(value) >= 1000 else 1
    return f"{value:,.{digits}f}".replace(",", "\u2009")


def count_phrase(image_values: dict[str, float]) -> str:
    """Return the number of nuclei of an image in words.

    Examples
    --------
    >>> count_phrase({"nuclei": 1.0}), count_phrase({"nuclei": 24.0})
    ('1 nucleus', '24 nuclei')
    """
    count = image_values.get("nuclei")
    if count is None:
        return ""
    return f"{show_count(count)} {'nucleus' if count == 1 else 'nuclei'}"
