from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.widgets.nuclei.live.measuring import MeasureRequest, MeasureSettings
from napari_nuclei.widgets.nuclei.live.remeasure import find_edit, measure_edit

WHOLE = (slice(0, 96), slice(0, 96))


def scene(seed: int):
    _, labels = synthetic_nuclei((96, 96), seed=seed)
    return labels.astype(np.int32)


def edit_at_random(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return labels with some boxes painted, erased or merged."""
    after = labels.copy()
    for _ in range(rng.integers(1, 4)):
        corner = [int(rng.integers(0, max(size - 3, 1))) for size in labels.shape]
        box = tuple(slice(start, start + int(rng.integers(1, 12))) for start in corner)
        after[box] = rng.choice([0, int(labels.max()) + 3, *np.unique(labels)])
    return after


def assert_same_table(request, before, after) -> None:
    whole = tuple(slice(0, size) for size in before.shape)
    edit = find_edit(before, after, whole)
    if edit is None:
        np.testing.assert_array_equal(before, after)
        return
    frame = request(before).measure()
    found = measure_edit(frame, request(after), edit)
    joined = "volume" in frame.columns
    expected = request(after, joined if before.ndim > 2 else None).measure()
    assert found is not None
    pd.testing.assert_frame_equal(found, expected, check_like=True)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("ring", [None, ("1px", "3px")], ids=["", "ring"])
def test_an_edit_gives_the_table_of_measuring_everything(seed, ring) -> None:
    rng = np.random.default_rng(seed)
    labels, image = scene(seed), rng.normal(size=(96, 96))
    image[rng.random(image.shape) < 0.001] = np.nan
    settings = MeasureSettings(ring=ring)

    def request(labels, joined=None) -> MeasureRequest:
        return MeasureRequest(labels, {"a": image}, "YX", 0.5, settings)

    assert_same_table(request, labels, edit_at_random(labels, rng))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["unique", "same numbers", "joined"])
def test_an_edit_of_a_stack_changes_its_plane_only(seed, kind) -> None:
    rng = np.random.default_rng(seed)
    plane = scene(seed)
    stack = np.stack([plane, plane, np.roll(plane, 5, 1)])
    if kind == "same numbers":
        stack[1] = np.roll(plane[::-1], 11, 1)
    elif kind == "unique":
        for n in range(3):
            stack[n][stack[n] > 0] += 1000 * n
    image = rng.normal(size=stack.shape)
    joined = kind == "joined"

    def request(labels, fixed=None) -> MeasureRequest:
        return MeasureRequest(labels, {"a": image}, "ZYX", None, joined=joined)

    assert_same_table(request, stack, edit_at_random(stack, rng))


def test_the_smallest_window_of_an_edit_is_found() -> None:
    before = np.zeros((600, 700), np.int32)
    before[100, 50] = 4
    after = before.copy()
    after[100, 50], after[590, 3] = 5, 9
    edit = find_edit(before, after, (slice(0, 600), slice(0, 700)))
    assert edit.window == (slice(100, 591), slice(3, 51))
    assert edit.labels.tolist() == [4, 5, 9]
    part = find_edit(before, after, (slice(500, 600), slice(0, 10)))
    assert part.window == (slice(590, 591), slice(3, 4))
    assert find_edit(before, before, (slice(0, 600), slice(0, 700))) is None


def test_the_last_nucleus_can_be_erased() -> None:
    before = np.zeros((96, 96), np.int32)
    before[4:9, 4:9] = 1
    frame = MeasureRequest(before).measure()
    after = np.zeros_like(before)
    found = measure_edit(frame, MeasureRequest(after), find_edit(before, after, WHOLE))
    assert len(found) == 0 and list(found.columns) == list(frame.columns)
    again = measure_edit(found, MeasureRequest(before), find_edit(after, before, WHOLE))
    pd.testing.assert_frame_equal(again, frame)
