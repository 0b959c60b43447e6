"""What an evaluation found, for each image and for all of them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.core.scores import ImageCounts, Scores, mean_over_images, pooled
from napari_nuclei.evaluation.bootstrap import mean_interval, pooled_interval
from napari_nuclei.evaluation.calibration import Reliability
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.training.tables import DIGITS, flat, score_table


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
        return mean_over_images([image.counts for image in self.images])

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
            "pooled": flat(self.pooled),
            "mean": flat(self.mean),
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
    return row | flat(image.counts.scores())
