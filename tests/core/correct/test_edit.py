from __future__ import annotations

import numpy as np

from napari_nuclei.core.correct.edit import make_edit


def test_an_edit_holds_only_the_window_that_changes(pair: np.ndarray) -> None:
    after = pair.copy()
    after[24:26, 19:21] = 9
    edit = make_edit(pair, (slice(0, 60), slice(0, 80)), after, "redraw", [9])
    assert edit is not None
    assert edit.region == (slice(24, 26), slice(19, 21))
    assert (edit.touched, edit.new, edit.removed) == ((4,), (9,), (4,))
    changed = pair.copy()
    edit.apply(changed)
    assert np.array_equal(changed, after)
    edit.revert(changed)
    assert np.array_equal(changed, pair)


def test_an_edit_writes_only_changed_pixels(pair: np.ndarray) -> None:
    after = pair.copy()
    after[25, 20], after[25, 30] = 0, 0
    edit = make_edit(pair, (slice(0, 60), slice(0, 80)), after, "redraw")
    assert edit is not None
    pair[25, 25] = 12  # painted between making and applying the edit
    edit.apply(pair)
    assert (pair[25, 20], pair[25, 25], pair[25, 30]) == (0, 12, 0)


def test_pixels_and_values_write_the_same_as_apply(pair: np.ndarray) -> None:
    after = np.where(pair == 7, 8, 0)[40:50]
    edit = make_edit(pair, (slice(40, 50), slice(0, 80)), after, "redraw", [8])
    assert edit is not None
    one, other = pair.copy(), pair.copy()
    edit.apply(one)
    other[edit.pixels()] = edit.new_values()
    assert np.array_equal(one, other)
    assert not np.array_equal(one, pair)


def test_no_change_is_no_edit(pair: np.ndarray) -> None:
    assert make_edit(pair, (slice(0, 60), slice(0, 80)), pair.copy(), "fill") is None
