"""Print what it takes to correct labels; ``pytest -s -m benchmark``.

A simulated user corrects the labels of validation images until they match the
annotation at an IoU of 0.5. The folders of the data sets lie next to the checkout, or
NAPARI_NUCLEI_DSB2018 names that of DSB2018, and the others lie next to it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from napari_nuclei import load_segmenter, read_dataset
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.correct.add import add_at
from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.core.correct.reshape import fill_holes, grow, redraw, shrink, smooth
from napari_nuclei.core.correct.split_auto import split_automatically
from napari_nuclei.core.correct.split_line import split_by_line
from napari_nuclei.core.correct.split_points import split_by_points
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.data.image_lists import read_ids

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "dsb2018"
FOLDER = Path(os.environ.get("NAPARI_NUCLEI_DSB2018", BESIDE))

SETS = {"dsb2018": "stage1_train.zip", "tnbc_he": "", "sbsst265": ""}

LIMIT = 0.1
"""Seconds in which a correction of a plane of 4096 x 4096 pixels is made."""

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def user() -> ModuleType:
    path = Path(__file__).with_name("simulated_user.py")
    spec = importlib.util.spec_from_file_location("simulated_user", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its data classes look themselves up
    spec.loader.exec_module(module)
    return module


def cases(name: str) -> Iterator[dict[str, Any]]:
    """Yield what a simulated user works on, for the validation images of a set."""
    folder = FOLDER.parent / name
    segmenter = load_segmenter()
    for sample in read_dataset(
        folder / SETS[name], ids=read_ids(folder / "val_ids.txt")
    ):
        axes = "YXS" if sample.image.ndim == 3 else "YX"
        layout = make_layout(sample.image.shape, axes)
        plane = next(iter(segmenter.planes(sample.image, layout)))
        yield {
            "labels": plane.labels,
            "truth": sample.labels,
            "probability": plane.foreground,
            "distance": plane.maps.at_full_size().distance,
            "image": sample.image,
        }


@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there is no folder {FOLDER}")
def test_actions_per_nucleus(user: ModuleType) -> None:
    total = user.Effort()
    print("\n| images | nuclei | wrong | corrected | actions | each | brush, each |")
    for name in SETS:
        effort = user.Effort()
        for case in cases(name):
            effort.add(user.SimulatedUser(**case).run())
        total.add(effort)
        print(row(name, effort))
    print(row("all", total))
    print(dict(total.actions), f"outlines drawn: {total.drawn:.0f} px")
    print("\n| operation | median, ms | 95 %, ms |")
    for kind, times in total.milliseconds.items():
        print(f"| {kind} | {np.median(times):.1f} | {np.percentile(times, 95):.1f} |")
    assert total.mended == total.wrong
    assert sum(total.actions.values()) < 2 * total.mended


def row(name: str, effort: Any) -> str:
    """Return a row of the table of actions."""
    actions = sum(effort.actions.values())
    brush = (effort.brush_strokes + effort.brush_clicks) / effort.wrong
    return (
        f"| {name} | {effort.nuclei} | {effort.wrong} | {effort.mended} | {actions} | "
        f"{actions / effort.mended:.2f} | {brush:.1f} |"
    )


def test_time_in_a_large_plane(seconds: Callable[..., float]) -> None:
    _, tile = synthetic_nuclei((512, 512), seed=3)
    count = int(tile.max())
    labels = np.zeros((4096, 4096), np.int32)
    for index in range(64):
        y, x = divmod(index, 8)
        window = np.s_[512 * y : 512 * y + 512, 512 * x : 512 * x + 512]
        labels[window] = np.where(tile, tile + index * count, 0)
    probability = (labels > 0).astype(np.float32)
    began = seconds(lambda: LabelBoxes.from_labels(labels), 1)
    print(f"\nboxes of {count * 64} nuclei: {began * 1000:.0f} ms")
    boxes = LabelBoxes.from_labels(labels)
    number = int(labels[2048:2560, 2048:2560].max())
    box = boxes.find(number)
    assert box is not None
    (y0, y1), (x0, x1) = ((side.start, side.stop) for side in box)
    y, x = (int(i[len(i) // 2]) for i in np.nonzero(labels == number))
    near = np.unique(labels[y0 - 40 : y1 + 40, x0 - 40 : x1 + 40])[1:3].tolist()
    empty = delete(labels, number, boxes=boxes)
    assert empty is not None
    missed = labels.copy()
    empty.apply(missed)
    line = [(y, x0 - 2), (y, x1 + 2)]
    square = [(y0, x0), (y0, x1), (y1, x1), (y1, x0)]
    new = int(labels.max()) + 1
    operations: dict[str, Callable[[], object]] = {
        "find the boxes round a click": lambda: LabelBoxes.around(labels, [(y, x)]),
        "delete": lambda: delete(labels, number, boxes=boxes),
        "merge": lambda: merge(labels, near, boxes=boxes),
        "split, line": lambda: split_by_line(
            labels, number, line, new=new, boxes=boxes
        ),
        "split, two clicks": lambda: split_by_points(
            labels, number, [(y, x), (y, x + 3)], new=new, boxes=boxes
        ),
        "split, automatic": lambda: split_automatically(
            labels, number, new=new, boxes=boxes
        ),
        "add": lambda: add_at(missed, (y, x), probability, new=new),
        "redraw": lambda: redraw(labels, number, square, boxes=boxes),
        "smooth": lambda: smooth(labels, number, boxes=boxes),
        "fill holes": lambda: fill_holes(labels, number, boxes=boxes),
        "grow": lambda: grow(labels, number, boxes=boxes),
        "shrink": lambda: shrink(labels, number, boxes=boxes),
    }
    for name, operation in operations.items():
        taken = seconds(operation, 5)
        print(f"| {name} | {taken * 1000:.1f} ms |")
        assert taken < LIMIT, name
