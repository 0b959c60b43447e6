"""Show scores as text: pixels first, then nuclei."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_nuclei.core.matching import IOU_THRESHOLDS
from napari_nuclei.core.measure.counts import counted

SCORE_TITLES = {
    "pixel_accuracy": "pixel accuracy",
    "pixel_iou": "pixel IoU",
    "pixel_dice": "pixel Dice",
    "pixel_precision": "pixel precision",
    "pixel_recall": "pixel recall",
    **{f"ap_{100 * x:.0f}": f"AP at IoU {x:.2f}" for x in IOU_THRESHOLDS},
    "ap_50_90": "AP, mean of 0.50 to 0.90",
    "ap_50_95": "AP, mean of 0.50 to 0.95",
    "precision_50": "precision at 0.50",
    "recall_50": "recall at 0.50",
    "f1_50": "F1 at 0.50",
    "mean_iou_50": "mean IoU of matches at 0.50",
    "pq_50": "panoptic quality at 0.50",
}
"""Names of the scores in files, and their titles in tables."""

MSA_TITLE = (
    "mean segmentation accuracy (as micro-sam, arXiv 2603.17845; over images, IoU "
    "0.50 to 0.95)"
)
"""Title of the metric of micro-sam: the mean over images of `ap_50_95`."""

HEADLINE = {
    "pixel_accuracy": "accuracy",
    "pixel_iou": "IoU",
    "pixel_dice": "Dice",
    "f1_50": "F1 of nuclei",
    "ap_50": "AP50",
}
"""Scores in a line of text, and their titles."""

GROUP_COLUMNS = {
    "pixel_iou": "IoU",
    "pixel_dice": "Dice",
    "f1_50": "F1",
    "ap_50": "AP50",
    "ap_50_90": "AP50:90",
    "ap_50_95": "AP50:95",
    "pq_50": "PQ",
}
"""Scores in the table of groups, and their column titles."""


def format_headline(scores: Mapping[str, float]) -> str:
    """Return the main scores in one line: pixels first, then nuclei.

    Parameters
    ----------
    scores : mapping of str to float
        With the names of `SCORE_TITLES`.

    Examples
    --------
    >>> scores = dict.fromkeys(HEADLINE, 0.5)
    >>> format_headline(scores)
    'accuracy 0.500, IoU 0.500, Dice 0.500, F1 of nuclei 0.500, AP50 0.500'
    """
    return ", ".join(f"{title} {scores[key]:.3f}" for key, title in HEADLINE.items())


def score_table(summary: Mapping[str, Any]) -> str:
    """Return the scores of a summary as a table.

    Parameters
    ----------
    summary : mapping
        As returned by `Evaluation.summary`.

    Returns
    -------
    str
        One line per score, then one per group if there are several; no final newline.
    """
    lines = [
        f"{counted(summary['images'], 'image')}, "
        f"{counted(summary['nuclei'], 'nucleus')}, "
        f"{summary['predicted']} predicted",
        "",
        f"{'':<28}{'pooled':>8}{'mean over images':>19}",
    ]
    for name, title in SCORE_TITLES.items():
        both = f"{summary['pooled'][name]:>8.4f}{summary['mean'][name]:>19.4f}"
        lines.append(f"{title:<28}{both}")
    low_high = (summary["interval"][name] for name in ("pooled", "mean"))
    ranges = (f"{low:.3f} to {high:.3f}" for low, high in low_high)
    lines += [
        "",
        f"{MSA_TITLE}: {summary['mean']['ap_50_95']:.4f}",
        "95 % interval of AP 0.50 to 0.95: {} pooled, {} mean".format(*ranges),
    ]
    if "calibration" in summary:
        line = "calibration error: {pixels:.3f} of pixels, {nuclei:.3f} of nuclei"
        lines.append(line.format(**summary["calibration"]))
    if "groups" in summary:
        lines += ["", *group_lines(summary["groups"])]
    return "\n".join(lines)


def group_lines(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line of column titles, then the mean scores of each group."""
    title = "mean over images"
    width = max(len(title), *(len(name) for name in groups)) + 2
    titles = "".join(f"{name:>9}" for name in GROUP_COLUMNS.values())
    lines = [f"{title:<{width}}{'images':>6}{'nuclei':>8}{titles}"]
    for name, summary in groups.items():
        scores = "".join(f"{summary['mean'][key]:>9.4f}" for key in GROUP_COLUMNS)
        sizes = f"{summary['images']:>6}{summary['nuclei']:>8}"
        lines.append(f"{name:<{width}}{sizes}{scores}")
    return lines
