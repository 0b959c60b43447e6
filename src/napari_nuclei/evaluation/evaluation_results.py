"""Results of an evaluation: scores of each image, of groups and of all images."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from napari_nuclei.core.scores import ImageCounts, Scores, average_scores, pooled
from napari_nuclei.evaluation.bootstrap import mean_interval, pooled_interval
from napari_nuclei.evaluation.calibration import Reliability
from napari_nuclei.evaluation.nucleus_outcomes import NucleusOutcomes
from napari_nuclei.evaluation.score_table import SCORE_TITLES, score_table
from napari_nuclei.io.atomic import write_atomic

DIGITS = 5
"""Decimals in files."""

DEFAULT_GROUP = "other"
"""Group of the images that have no group of their own."""


@dataclass(frozen=True, slots=True)
class ImageResult:
    """Result for one image.

    Attributes
    ----------
    name, group : str
    counts : ImageCounts
    pixels, objects : Reliability, optional
        Calibration of the pixels and of the predicted nuclei; None if there are no
        predicted probabilities.
    outcomes : NucleusOutcomes, optional
        Which nuclei are found, to compare two models nucleus by nucleus.
    """

    name: str
    group: str
    counts: ImageCounts
    pixels: Reliability | None = None
    objects: Reliability | None = None
    outcomes: NucleusOutcomes | None = field(default=None, compare=False, repr=False)

    @property
    def nuclei(self) -> int:
        """Number of annotated nuclei."""
        return self.counts.objects[0].tp + self.counts.objects[0].fn

    @property
    def predicted(self) -> int:
        """Number of predicted nuclei."""
        return self.counts.objects[0].tp + self.counts.objects[0].fp


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores of a segmentation of one or more images; `print` shows a table.

    Attributes
    ----------
    images : tuple of ImageResult
        At least one.
    notes : tuple of str
        Sentences about the truth: the part of a data set that was scored, and masks in
        which touching nuclei count as one.
    """

    images: tuple[ImageResult, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        return f"<pre>{escape(self.table())}</pre>"

    @property
    def metrics(self) -> dict[str, float]:
        """Pooled scores by name (`pixel_dice`, `f1_50`, `ap_50`), each 0 to 1."""
        return flatten_scores(self.pooled)

    @property
    def mean_segmentation_accuracy(self) -> float:
        """Mean over images of the mean AP at IoU 0.50 to 0.95, 0 to 1.

        micro-sam reports this metric (https://arxiv.org/abs/2603.17845).
        """
        return self.mean.mean_ap(0.95)

    @property
    def pooled(self) -> Scores:
        """Scores of all nuclei and pixels together: each nucleus counts the same."""
        return pooled([image.counts for image in self.images])

    @property
    def mean(self) -> Scores:
        """Mean scores over the images: each image counts the same."""
        return average_scores([image.counts for image in self.images])

    @property
    def reliability(self) -> dict[str, Reliability]:
        """Calibration of pixels and of nuclei; empty without probabilities."""
        parts: dict[str, Reliability] = {}
        for image in self.images:
            if image.pixels is None or image.objects is None:
                return {}
            for name, part in (("pixels", image.pixels), ("nuclei", image.objects)):
                parts[name] = parts[name] + part if name in parts else part
        return parts

    @property
    def outcomes(self) -> list[NucleusOutcomes]:
        """Outcomes by nucleus of the images that have them."""
        return [image.outcomes for image in self.images if image.outcomes is not None]

    @property
    def groups(self) -> dict[str, Evaluation]:
        """Evaluation of each group, in order of name."""
        names = sorted({image.group for image in self.images})
        return {
            name: Evaluation(
                tuple(image for image in self.images if image.group == name)
            )
            for name in names
        }

    def summary(self) -> dict[str, Any]:
        """Return the scores for a model card: plain numbers, ready for JSON.

        Returns
        -------
        dict
            `images`, `nuclei` and `predicted` are counts. `pooled` and `mean` map the
            names of scores (`ap_50`, `pixel_dice`) to values. `interval` contains the
            95 % confidence interval of `ap_50_95` for both. `calibration` contains the
            calibration error of pixels and of nuclei, if there are probabilities.
            `groups`, if there are several, contains such a dict for each.
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
                name: [round(interval.low, DIGITS), round(interval.high, DIGITS)]
                for name, interval in intervals.items()
            },
        }
        calibration = self.reliability
        if calibration:
            result["calibration"] = {
                name: round(part.error, DIGITS) for name, part in calibration.items()
            }
        groups = self.groups
        if len(groups) > 1:
            result["groups"] = {name: part.summary() for name, part in groups.items()}
        return result

    def table(self) -> str:
        """Return the scores as a table for a terminal."""
        return "\n".join([score_table(self.summary()), *self.notes])

    def write_csv(self, path: Path | str) -> None:
        """Write a CSV file with one row per image.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        write_rows(path, [image_row(image) for image in self.images])

    def write_json(self, path: Path | str) -> None:
        """Write a JSON file with the summary, and counts and scores of each image.

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


def write_rows(path: Path | str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a CSV file, atomically; the keys of the first row are the columns."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(path, text.getvalue().encode(errors="backslashreplace"))


def image_row(image: ImageResult) -> dict[str, Any]:
    """Return the counts and scores of an image as one row of a table."""
    at_50 = image.counts.objects[0]
    row: dict[str, Any] = {"name": image.name, "group": image.group}
    row |= {"nuclei": image.nuclei, "predicted": image.predicted}
    row |= {"tp_50": at_50.tp, "fp_50": at_50.fp, "fn_50": at_50.fn}
    return row | flatten_scores(image.counts.scores())


def flatten_scores(scores: Scores) -> dict[str, float]:
    """Return scores as a dict of rounded numbers, with the names of `SCORE_TITLES`."""
    values = {f"ap_{100 * at.threshold:.0f}": at.ap for at in scores.objects}
    values |= {"ap_50_90": scores.mean_ap(0.9), "ap_50_95": scores.mean_ap(0.95)}
    at_50, pixels = asdict(scores.objects[0]), asdict(scores.pixels)
    values |= {f"{name}_50": value for name, value in at_50.items()}
    values |= {f"pixel_{name}": value for name, value in pixels.items()}
    return {name: round(values[name], DIGITS) for name in SCORE_TITLES}
