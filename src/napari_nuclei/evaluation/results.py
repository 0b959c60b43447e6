"""What an evaluation found, for each image and for all of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.core.matching import IOU_THRESHOLDS
from napari_nuclei.core.scores import ImageCounts, Scores, average_scores, pooled
from napari_nuclei.evaluation.bootstrap import mean_interval, pooled_interval
from napari_nuclei.evaluation.calibration import Reliability
from napari_nuclei.io.atomic import write_atomic

SCORE_TITLES = {
    **{f"ap_{100 * x:.0f}": f"AP at IoU {x:.2f}" for x in IOU_THRESHOLDS},
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


@dataclass(frozen=True, slots=True)
class ImageResult:
    """What evaluation found in one image.

    Attributes
    ----------
    name, group : str
    counts : ImageCounts
    pixels, objects : Reliability
        Of the foreground's pixels, and of the predicted nuclei.
    """

    name: str
    group: str
    counts: ImageCounts
    pixels: Reliability
    objects: Reliability

    @property
    def nuclei(self) -> int:
        """How many nuclei there are."""
        return self.counts.objects[0].tp + self.counts.objects[0].fn

    @property
    def predicted(self) -> int:
        """How many nuclei were predicted."""
        return self.counts.objects[0].tp + self.counts.objects[0].fp


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a set of images was segmented; it has at least one image."""

    images: tuple[ImageResult, ...]

    @property
    def pooled(self) -> Scores:
        """Scores of all nuclei and pixels together."""
        return pooled([image.counts for image in self.images])

    @property
    def mean(self) -> Scores:
        """Means of the scores of the images."""
        return average_scores([image.counts for image in self.images])

    @property
    def reliability(self) -> dict[str, Reliability]:
        """Whether the probabilities of pixels and of nuclei mean what they say."""
        first, *others = self.images
        return {
            "pixels": sum((x.pixels for x in others), start=first.pixels),
            "nuclei": sum((x.objects for x in others), start=first.objects),
        }

    @property
    def groups(self) -> dict[str, Evaluation]:
        """The evaluation of each group, in the order of their names."""
        names = sorted({image.group for image in self.images})
        return {
            name: Evaluation(tuple(x for x in self.images if x.group == name))
            for name in names
        }

    def summary(self) -> dict[str, Any]:
        """Return the scores for a model's card: plain numbers, ready for JSON.

        Returns
        -------
        dict
            `images`, `nuclei` and `predicted` are counts; `pooled` and `mean` are
            dicts from a score's name (`ap_50`, `pixel_dice`) to its value; `interval`
            holds for both the range of `ap_50_95` when images are drawn again;
            `calibration` holds the calibration error of pixels and of nuclei;
            `groups`, if there are several, has such a dict for each.
        """
        counts = [image.counts for image in self.images]
        intervals = {"pooled": pooled_interval(counts), "mean": mean_interval(counts)}
        result: dict[str, Any] = {
            "images": len(self.images),
            "nuclei": sum(image.nuclei for image in self.images),
            "predicted": sum(image.predicted for image in self.images),
            "pooled": flatten_scores(self.pooled),
            "mean": flatten_scores(self.mean),
            "interval": {
                name: [round(x.low, DIGITS), round(x.high, DIGITS)]
                for name, x in intervals.items()
            },
            "calibration": {
                name: round(part.error, DIGITS)
                for name, part in self.reliability.items()
            },
        }
        groups = self.groups
        if len(groups) > 1:
            result["groups"] = {name: part.summary() for name, part in groups.items()}
        return result

    def table(self) -> str:
        """Return the scores as a table for a terminal."""
        return score_table(self.summary())

    def write_csv(self, path: Path | str) -> None:
        """Write a row for each image.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        rows = [image_row(image) for image in self.images]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomic(path, text.getvalue().encode(errors="backslashreplace"))

    def write_json(self, path: Path | str) -> None:
        """Write the summary, and the counts and scores of each image.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        rows = []
        for image in self.images:
            rows.append(image_row(image) | {"counts": asdict(image.counts)})
        content = self.summary() | {"per_image": rows}
        text = json.dumps(content, indent=2, allow_nan=False)
        write_atomic(path, f"{text}\n".encode())


def image_row(image: ImageResult) -> dict[str, Any]:
    """Return one flat row of a table."""
    half = image.counts.objects[0]
    row: dict[str, Any] = {"name": image.name, "group": image.group}
    row |= {"nuclei": image.nuclei, "predicted": image.predicted}
    row |= {"tp_50": half.tp, "fp_50": half.fp, "fn_50": half.fn}
    return row | flatten_scores(image.counts.scores())


def flatten_scores(scores: Scores) -> dict[str, float]:
    """Return scores as one dict of rounded numbers with the names of `SCORE_TITLES`."""
    values = {f"ap_{100 * x.threshold:.0f}": x.ap for x in scores.objects}
    values |= {"ap_50_90": scores.mean_ap(0.9), "ap_50_95": scores.mean_ap(0.95)}
    values |= {f"{name}_50": x for name, x in asdict(scores.objects[0]).items()}
    values |= {f"pixel_{name}": x for name, x in asdict(scores.pixels).items()}
    return {name: round(values[name], DIGITS) for name in SCORE_TITLES}


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
    for name, title in SCORE_TITLES.items():
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
