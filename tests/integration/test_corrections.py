"""What holds for every correction, in planes and stacks, with and without boxes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from napari_nuclei import CorrectionLog, replay_corrections
from napari_nuclei.core.correct.add import add_at
from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.core.correct.numbers import next_label
from napari_nuclei.core.correct.reshape import fill_holes, grow, redraw, shrink, smooth
from napari_nuclei.core.correct.split_auto import split_automatically
from napari_nuclei.core.correct.split_line import split_by_line
from napari_nuclei.core.correct.split_points import split_by_points
from napari_nuclei.core.synthetic import synthetic_nuclei

Labels = np.ndarray
Operation = Callable[..., Edit | None]

ROUNDS = 12


def neighbours(labels: Labels, number: int) -> list[int]:
    """Return a nucleus and the one after it."""
    numbers = np.unique(labels)[1:].tolist()
    return [number, numbers[(numbers.index(number) + 1) % len(numbers)]]


def two_points(labels: Labels, number: int) -> list[tuple[int, ...]]:
    pixels = np.argwhere(labels == number)
    return [tuple(pixels[len(pixels) // 5]), tuple(pixels[-1 - len(pixels) // 5])]


def line_across(labels: Labels, number: int) -> list[tuple[float, float]]:
    y, x = np.argwhere(labels == number).mean(axis=0)[-2:]
    return [(y - 1, x - 2), (y + 2, x + 3)]


def triangle(labels: Labels, number: int) -> list[tuple[float, float]]:
    y, x = np.argwhere(labels == number).mean(axis=0)[-2:]
    return [(y - 9, x - 8), (y - 4, x + 9), (y + 11, x - 2)]


OPERATIONS: dict[str, Operation] = {
    "delete": lambda a, n, new, **more: delete(a, n, **more),
    "merge": lambda a, n, new, **more: merge(a, neighbours(a, n), **more),
    "line": lambda a, n, new, **more: split_by_line(
        a, n, line_across(a, n), new=new, **more
    ),
    "points": lambda a, n, new, **more: split_by_points(
        a, n, two_points(a, n), new=new, **more
    ),
    "auto": lambda a, n, new, **more: split_automatically(a, n, new=new, **more),
    "smooth": lambda a, n, new, **more: smooth(a, n, **more),
    "fill": lambda a, n, new, **more: fill_holes(a, n, **more),
    "grow": lambda a, n, new, **more: grow(a, n, 2, **more),
    "shrink": lambda a, n, new, **more: shrink(a, n, **more),
}

PLANE_ONLY: dict[str, Operation] = {
    "redraw": lambda a, n, new, **more: redraw(a, n, triangle(a, n), **more),
}


def plane_of_nuclei() -> Labels:
    labels = synthetic_nuclei((160, 200), seed=5)[1].astype(np.int32)
    holes = np.random.default_rng(0).random(labels.shape) < 0.02
    return np.where(holes, 0, labels)


def stack_of_nuclei() -> Labels:
    plane = plane_of_nuclei()
    return np.stack([plane, np.roll(plane, 2, axis=1), np.where(plane % 2, plane, 0)])


@pytest.mark.parametrize("make", [plane_of_nuclei, stack_of_nuclei])
def test_a_correction_changes_what_it_says_and_can_be_taken_back(
    make: Callable[[], Labels],
) -> None:
    labels = make()
    boxes = LabelBoxes.from_labels(labels)
    log = CorrectionLog(labels.shape)
    first = labels.copy()
    operations = OPERATIONS | (PLANE_ONLY if labels.ndim == 2 else {})
    rng = np.random.default_rng(1)
    largest = int(labels.max())
    made = dict.fromkeys(operations, 0)
    for name in [*operations] * ROUNDS:
        number = int(rng.choice(np.unique(labels)[1:]))
        before = labels.copy()
        edit = operations[name](labels, number, largest + 1, boxes=boxes)
        searched = operations[name](labels, number, largest + 1)
        assert np.array_equal(labels, before), name
        assert (edit is None) == (searched is None), name
        if edit is None or searched is None:
            continue
        made[name] += 1
        edit.apply(labels)
        check_edit(name, edit, before, labels)
        again = before.copy()
        searched.apply(again)
        assert np.array_equal(again, labels), f"{name} with and without boxes"
        edit.revert(again)
        assert np.array_equal(again, before), name
        boxes.include(labels, edit)
        largest = max([largest, *edit.new])
        log.add(edit)
    assert min(count for name, count in made.items() if name != "auto") > 2, made
    assert np.array_equal(replay_corrections(first, log), labels)


def check_edit(name: str, edit: Edit, before: Labels, after: Labels) -> None:
    """Check that an edit names all that changed, in the smallest window."""
    changed = before != after
    inside = np.nonzero(changed)
    assert edit.region == tuple(
        slice(int(i.min()), int(i.max()) + 1) for i in inside
    ), name
    numbers = {*np.unique(before[changed]), *np.unique(after[changed])} - {0}
    assert numbers == {*edit.touched, *edit.new}, name
    assert not np.isin(edit.new, before).any(), name
    assert np.isin(edit.new, after).all(), name
    if name in {"line", "points", "auto"}:
        assert np.array_equal(before > 0, after > 0), name
        assert len(edit.touched) == 1 and edit.new, name
    elif name in {"merge", "fill", "grow"}:
        assert (after[before > 0] > 0).all(), name
    elif name in {"delete", "shrink"}:
        assert not (after[before == 0] > 0).any(), name


@pytest.mark.parametrize("name", ["delete", "auto", "smooth", "fill", "grow", "shrink"])
def test_one_plane_of_a_stack_changes_alone(name: str) -> None:
    stack = stack_of_nuclei()
    boxes = LabelBoxes.from_labels(stack)
    new = next_label(stack)
    changed = 0
    for number in np.unique(stack[1])[1:12].tolist():
        alone = OPERATIONS[name](stack[1], number, new)
        edit = OPERATIONS[name](stack, number, new, plane=1, boxes=boxes)
        assert (alone is None) == (edit is None)
        if alone is None or edit is None:
            continue
        changed += 1
        assert edit.region == (slice(1, 2), *alone.region)
        assert np.array_equal(edit.after[0], alone.after)
    assert changed or name == "auto"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.uint32])
def test_labels_keep_their_type(dtype: type) -> None:
    labels = np.minimum(plane_of_nuclei(), 200).astype(dtype)
    for name, operation in (OPERATIONS | PLANE_ONLY).items():
        edit = operation(labels, 5, 201)
        if edit is not None:
            assert edit.after.dtype == dtype and edit.before.dtype == dtype, name
    probability = np.zeros(labels.shape)
    free = distance_transform_edt(labels == 0)
    y, x = np.unravel_index(int(free.argmax()), free.shape)
    probability[max(y - 6, 0) : y + 6, max(x - 6, 0) : x + 6] = 0.8
    added = add_at(labels, (y, x), probability, new=220)
    assert added is not None and added.after.dtype == dtype
