"""Scores as named numbers for files, and as aligned text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from napari_nuclei.core.matching import THRESHOLDS
from napari_nuclei.core.scores import Scores

TITLES = {
    **{f"ap_{100 * x:.0f}": f"AP at IoU {x:.2f}" for x in THRESHOLDS},
    "ap_50_90": "AP, mean of 0.50 to 0.90",
    "ap_50_95": "AP, mean of 0.50 to 0.95",
    "precision_50": "precision at 0.50",
    "recall_50": "recall at 0.50",
    "f1_50": "F1 at 0.50",
    "mean_iou_50": "mean IoU of matches at 0.50",
    "pq_50": "panoptic quality at 0.50",
    "pixel_accuracy": "pixel accuracy",
    "pixel_precision": "pixel precision",
    "pixel_recall": "pixel recall",
    "pixel_iou": "pixel IoU",
    "pixel_dice": "pixel Dice",
}
"""What scores are called in files, and in tables for people."""

GROUP_COLUMNS = {
    "ap_50": "AP50",
    "ap_50_90": "AP50:90",
    "ap_50_95": "AP50:95",
    "f1_50": "F1",
    "pq_50": "PQ",
    "pixel_dice": "Dice",
}
"""Scores in the table of groups, with the heads of their columns."""

DIGITS = 5
"""Decimals in files."""


def flat(scores: Scores) -> dict[str, float]:
    """Return scores as one dict of rounded numbers with the names of `TITLES`."""
    values = {f"ap_{100 * x.threshold:.0f}": x.ap for x in scores.objects}
    values |= {"ap_50_90": scores.mean_ap(0.9), "ap_50_95": scores.mean_ap(0.95)}
    values |= {f"{name}_50": x for name, x in asdict(scores.objects[0]).items()}
    values |= {f"pixel_{name}": x for name, x in asdict(scores.pixels).items()}
    return {name: round(values[name], DIGITS) for name in TITLES}


def score_table(summary: Mapping[str, Any]) -> str:
    """Return the scores of a summary as text.

    Parameters
    ----------
    summary : mapping
        As `Evaluation.summary` gives it.

    Returns
    -------
    str
        Lines without an end to the last: a row for each score, then one for each
        group where there are several.
    """
    lines = [
        f"{summary['images']} images, {summary['nuclei']} nuclei, "
        f"{summary['predicted']} predicted",
        "",
        f"{'':<28}{'pooled':>8}{'mean over images':>19}",
    ]
    for name, title in TITLES.items():
        both = f"{summary['pooled'][name]:>8.4f}{summary['mean'][name]:>19.4f}"
        lines.append(f"{title:<28}{both}")
    low_high = (summary["interval"][name] for name in ("pooled", "mean"))
    ranges = (f"{low:.3f} to {high:.3f}" for low, high in low_high)
    lines += [
        "",
        "95 % interval of AP 0.50 to 0.95: {} pooled, {} mean".format(*ranges),
        "calibration error: {pixels:.3f} of pixels, {nuclei:.3f} of nuclei".format(
            **summary["calibration"]
        ),
    ]
    if "groups" in summary:
        lines += ["", *group_lines(summary["groups"])]
    return "\n".join(lines)


def group_lines(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a row of means over images for each group, below a line of heads."""
    title = "mean over images"
    wide = max(len(title), *(len(name) for name in groups)) + 2
    heads = "".join(f"{head:>9}" for head in GROUP_COLUMNS.values())
    lines = [f"{title:<{wide}}{'images':>6}{'nuclei':>8}{heads}"]
    for name, summary in groups.items():
        scores = "".join(f"{summary['mean'][key]:>9.4f}" for key in GROUP_COLUMNS)
        sizes = f"{summary['images']:>6}{summary['nuclei']:>8}"
        lines.append(f"{name:<{wide}}{sizes}{scores}")
    return lines
