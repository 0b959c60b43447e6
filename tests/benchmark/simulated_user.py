"""Simulate a user who corrects labels with clicks until all nuclei are right."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from napari_nuclei.core.correct.add import add_levels, add_outline, most_plausible
from napari_nuclei.core.correct.add_box import add_in_box
from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.core.correct.reshape import redraw
from napari_nuclei.core.correct.split_points import split_by_points
from napari_nuclei.core.matching import find_overlaps, match_objects

BRUSH = 10
"""Diameter of napari's brush, in pixels."""

RIGHT = 0.5
"""IoU at which a nucleus is right."""

Labels = NDArray[np.int32]
Pixel = tuple[int, int]


@dataclass
class Effort:
    """Count what the user did.

    A click, a drag, and turning the wheel to the best outline count as one action each.
    """

    actions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    milliseconds: dict[str, list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    drawn: float = 0.0
    nuclei: int = 0
    wrong: int = 0
    mended: int = 0
    left: int = 0
    brush_strokes: float = 0.0
    brush_clicks: int = 0

    def add(self, other: Effort) -> None:
        """Add the counts of another image."""
        for kind, count in other.actions.items():
            self.actions[kind] += count
        for kind, times in other.milliseconds.items():
            self.milliseconds[kind] += times
        for name in ("drawn", "nuclei", "wrong", "mended", "left", "brush_strokes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.brush_clicks += other.brush_clicks


class SimulatedUser:
    """Correct labels until they match the annotation at an IoU of 0.5.

    Parameters
    ----------
    labels, truth : ndarray of int32, shape (Y, X)
        Labels of the model, and annotated nuclei.
    probability, distance : ndarray of float32, shape (Y, X)
        Foreground probability and inner distance of the network.
    """

    def __init__(
        self,
        labels: Labels,
        truth: Labels,
        probability: NDArray[np.float32],
        distance: NDArray[np.float32] | None,
        image: NDArray[Any] | None = None,
    ) -> None:
        self.labels, self.truth = labels.copy(), truth
        self.probability, self.distance, self.image = probability, distance, image
        self.boxes = LabelBoxes.from_labels(self.labels)
        self.true_boxes = LabelBoxes.from_labels(truth)
        self.largest = int(labels.max(initial=0))
        areas = np.unique(labels[labels > 0], return_counts=True)[1]
        self.typical = float(np.median(areas)) if len(areas) else None
        self.effort = Effort(nuclei=len(np.unique(truth[truth > 0])))

    def run(self) -> Effort:
        """Correct everything, and return the effort."""
        missed, false = self.wrong()
        self.effort.wrong = len(missed) + self.independent(false, missed)
        for number in missed:
            self.effort.brush_strokes += self.outline_length(number) / BRUSH
        self.effort.brush_clicks = len(false)
        for work in (self.split_merged, self.merge_split, self.delete_false):
            work()
        self.add_missed()
        for _ in range(3):
            self.redraw_wrong()
            self.delete_false()
            self.make_room()
        missed_after, false_after = self.wrong()
        self.effort.left = len(missed_after) + len(false_after)
        self.effort.mended = self.effort.wrong - self.effort.left
        return self.effort

    def wrong(self) -> tuple[list[int], list[int]]:
        """Return annotated nuclei that are not found, and wrong labels."""
        overlaps = find_overlaps(self.truth, self.labels)
        matches = match_objects(overlaps, RIGHT)
        true, found = np.unique(self.truth), np.unique(self.labels)
        missed = true[(true > 0) & ~np.isin(true, overlaps.true[matches])]
        false = found[(found > 0) & ~np.isin(found, overlaps.predicted[matches])]
        return missed.tolist(), false.tolist()

    def independent(self, false: list[int], missed: list[int]) -> int:
        """Return how many wrong labels lie on no annotated nucleus that is missed."""
        lost = np.isin(self.truth, missed)
        return sum(not lost[self.labels == number].any() for number in false)

    def outline(self, number: int) -> NDArray[np.int32]:
        """Return the outline (n, 2) of an annotated nucleus: row and column."""
        box = self.true_boxes.find(number)
        assert box is not None
        mask = np.pad((self.truth[box] == number).astype(np.uint8), 1)
        found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        corners = max(found, key=len).reshape(-1, 2)[:, ::-1]
        return corners - 1 + np.array([side.start for side in box])

    def outline_length(self, number: int) -> float:
        """Return the length of the outline of an annotated nucleus, in pixels."""
        corners = self.outline(number)[:, np.newaxis].astype(np.int32)
        return float(cv2.arcLength(corners, True))

    def deepest(self, number: int) -> Pixel:
        """Return the pixel of an annotated nucleus farthest from its outline."""
        box = self.true_boxes.find(number)
        assert box is not None
        inner = distance_transform_edt(np.pad(self.truth[box] == number, 1))
        y, x = np.unravel_index(int(inner.argmax()), inner.shape)
        return int(y) - 1 + box[0].start, int(x) - 1 + box[1].start

    def make(
        self, kind: str, actions: int, operation: Callable[[], Edit | None]
    ) -> Edit | None:
        """Time an operation, apply its edit and count its actions."""
        began = time.perf_counter()
        edit = operation()
        if edit is not None:
            edit.apply(self.labels)
        self.effort.milliseconds[kind].append((time.perf_counter() - began) * 1000)
        self.effort.actions[kind] += actions
        if edit is not None:
            self.boxes.include(self.labels, edit)
            self.largest = max([self.largest, *edit.new])
        return edit

    def split_merged(self) -> None:
        """Split labels that hold several annotated nuclei, by a click in each."""
        missed, _ = self.wrong()
        for number in np.unique(self.labels[np.isin(self.truth, missed)]).tolist():
            inside = self.nuclei_in(number) if number else []
            if len(inside) < 2 or not set(inside) & set(missed):
                continue
            points = [self.deepest(one) for one in inside]
            points = [point for point in points if self.labels[point] == number]
            if len(points) > 1:
                self.make(
                    "split",
                    len(points),
                    lambda n=number, p=points: split_by_points(
                        self.labels,
                        n,
                        p,
                        self.distance,
                        new=self.largest + 1,
                        boxes=self.boxes,
                    ),
                )

    def nuclei_in(self, number: int) -> list[int]:
        """Return annotated nuclei of which most pixels have a label."""
        own = self.labels == number
        names, counts = np.unique(self.truth[own], return_counts=True)
        return [
            int(name)
            for name, count in zip(names, counts, strict=True)
            if name and count > 0.5 * np.count_nonzero(self.truth == name)
        ]

    def merge_split(self) -> None:
        """Merge labels that lie in one annotated nucleus, by a drag across them."""
        missed, _ = self.wrong()
        for nucleus in missed:
            own = self.truth == nucleus
            names, counts = np.unique(self.labels[own], return_counts=True)
            parts = [
                int(name)
                for name, count in zip(names, counts, strict=True)
                if name and count > 0.6 * np.count_nonzero(self.labels == name)
            ]
            covered = np.isin(self.labels, parts) & own
            if len(parts) > 1 and covered.sum() > 0.5 * own.sum():
                self.make(
                    "merge",
                    1,
                    lambda p=parts: merge(self.labels, p, boxes=self.boxes),
                )

    def delete_false(self) -> None:
        """Delete wrong labels that are on no missed nucleus, by a click."""
        missed, false = self.wrong()
        lost = np.isin(self.truth, missed)
        for number in false:
            own = self.labels == number
            if (lost & own).sum() < 0.3 * own.sum():
                self.make(
                    "delete",
                    1,
                    lambda n=number: delete(self.labels, n, boxes=self.boxes),
                )

    def add_missed(self) -> None:
        """Click missed nuclei; turn the wheel, drag a box if that does not do."""
        missed, _ = self.wrong()
        for nucleus in missed:
            point = self.deepest(nucleus)
            if self.labels[point]:
                continue
            outlines = add_levels(
                self.labels,
                point,
                self.probability,
                image=self.image,
                typical_area=self.typical,
            )
            fits = [self.iou(nucleus, one.region, one.mask) for one in outlines]
            if fits and max(fits) >= RIGHT:
                best = outlines[int(np.argmax(fits))]
                first = most_plausible(outlines)
                turned = fits[outlines.index(first)] < RIGHT
                self.make(
                    "add, wheel" if turned else "add",
                    2 if turned else 1,
                    lambda p=point, o=best if turned else first: self.add(p, o),
                )
            else:
                self.try_box(nucleus)

    def add(self, point: Pixel, chosen: Any) -> Edit | None:
        """Add a nucleus as a click does, with an outline of the family."""
        add_levels(
            self.labels,
            point,
            self.probability,
            image=self.image,
            typical_area=self.typical,
        )
        return add_outline(self.labels, chosen, new=self.largest + 1)

    def try_box(self, nucleus: int) -> None:
        """Drag a box over a nucleus, if that makes it right."""
        box = self.true_boxes.find(nucleus)
        assert box is not None
        corners = [(side.start, side.stop - 1) for side in box]
        first, last = zip(*corners, strict=True)

        def operation() -> Edit | None:
            return add_in_box(
                self.labels,
                [first, last],
                self.probability,
                image=self.image,
                new=self.largest + 1,
            )

        edit = operation()
        if edit is None:
            return
        mask = (edit.after == self.largest + 1) & edit.changed
        if self.iou(nucleus, edit.region, mask) >= RIGHT:
            self.make("box", 1, operation)

    def iou(
        self, nucleus: int, region: tuple[slice, ...], mask: NDArray[np.bool_]
    ) -> float:
        """Return the IoU of a mask in a window with an annotated nucleus."""
        box = self.true_boxes.find(nucleus)
        assert box is not None
        area = np.count_nonzero(self.truth[box] == nucleus)
        shared = np.count_nonzero(mask & (self.truth[region] == nucleus))
        return float(shared / (area + np.count_nonzero(mask) - shared))

    def redraw_wrong(self) -> None:
        """Draw the outlines of nuclei that are still wrong."""
        missed, false = self.wrong()
        for nucleus in missed:
            usable = [name for name in self.labels_on(nucleus) if name in false]
            number = usable[0] if usable else self.largest + 1
            if usable:
                false.remove(number)
            self.draw(number, nucleus)

    def make_room(self) -> None:
        """Draw the outlines of right labels that cover nuclei that are wrong."""
        missed, false = self.wrong()
        for nucleus in missed:
            for number in self.labels_on(nucleus):
                if number in false:
                    continue
                inside = np.bincount(self.truth[self.labels == number])
                inside[0] = inside[nucleus] = 0
                if inside.any():
                    self.draw(number, int(inside.argmax()))

    def labels_on(self, nucleus: int) -> list[int]:
        """Return the labels on an annotated nucleus, that with most pixels first."""
        own = self.truth == nucleus
        names, counts = np.unique(self.labels[own], return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return [int(name) for name in names[order] if name]

    def draw(self, number: int, nucleus: int) -> None:
        """Draw the outline of an annotated nucleus, by one drag."""
        corners = self.outline(nucleus).tolist()
        if len(corners) < 3:
            return
        self.effort.drawn += self.outline_length(nucleus)
        self.make(
            "redraw",
            1,
            lambda: redraw(self.labels, number, corners, boxes=self.boxes),
        )
