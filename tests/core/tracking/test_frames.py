from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.tracking.frames import find_frames


@pytest.mark.parametrize(
    ("labels", "axes", "error", "message"),
    [
        (np.zeros((1, 4, 4), int), None, ValueError, "one frame only; tracking needs"),
        (np.zeros((4, 4), int), None, ValueError, r"axes TYX; got the shape \(4, 4\)"),
        (np.zeros((2, 3, 4, 4), int), None, ValueError, 'such as axes="TZYX"'),
        (np.zeros((3, 4, 4), int), "ZYX", ValueError, "no axis T: their axes are ZYX"),
        (np.zeros((3, 4, 4), int), "TY", ValueError, "each of the 3 axes"),
        (np.zeros((3, 2, 4, 4), int), "TCYX", ValueError, "Z in 3-D; got TCYX"),
        ([np.zeros((4, 4)), np.zeros((4, 5))], None, ValueError, "of the same shape"),
        (np.zeros((3, 4, 4)), None, TypeError, "must be integers; got float64"),
        (np.zeros((3, 4, 4), bool), None, TypeError, "Number the nuclei first"),
    ],
)
def test_labels_that_cannot_be_tracked_are_refused(labels, axes, error, message):
    with pytest.raises(error, match=message):
        find_frames(labels, axes)


@pytest.mark.parametrize("axes", ["TZYX", "ZTYX", "XYZT", "YXT"])
def test_frames_are_read_and_written_in_any_order_of_axes(axes: str, rng) -> None:
    sizes = dict(zip("TZYX", (3, 4, 5, 6), strict=True))
    labels = rng.integers(0, 9, [sizes[axis] for axis in axes])
    frames = find_frames(labels, axes)
    copy = np.zeros_like(labels)
    shape = tuple(sizes[axis] for axis in "ZYX" if axis in axes)
    for t, frame in enumerate(frames.read_all()):
        assert frame.shape == shape
        frames.write(copy, t, frame)
    assert len(frames) == 3
    assert np.array_equal(copy, labels)


def test_negative_labels_are_refused_when_they_are_read() -> None:
    frames = find_frames(np.full((2, 4, 4), -1))
    with pytest.raises(ValueError, match="positive for nuclei; got -1"):
        list(frames.read_all())


def test_labels_too_large_for_a_number_of_64_bits_are_refused() -> None:
    frames = find_frames(np.full((2, 4, 4), 2**63, np.uint64))
    with pytest.raises(ValueError, match="at most; got 9223372036854775808"):
        list(frames.read_all())
