"""Counts in words: nuclei in a plane, outlines in a stack."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.measure.counts import describe_count, plane_count, stack_phrase
from napari_nuclei.core.segmentation import Segmentation
from napari_nuclei.core.segmenter import Segmenter


@pytest.mark.parametrize(
    ("axes", "shape", "phrase"),
    [
        ("YX", (64, 64), ""),
        ("ZYX", (1, 64, 64), ""),
        ("ZYX", (9, 64, 64), "in 9 slices (not joined)"),
        ("TYX", (8, 64, 64), "in 8 frames (not tracked)"),
        ("TZYX", (8, 9, 64, 64), "in 8 x 9 planes (not joined or tracked)"),
        ("TZYX", (1, 9, 64, 64), "in 9 slices (not joined)"),
        ("PYX", (5, 64, 64), ""),
        ("PZYX", (5, 9, 64, 64), "in 5 x 9 planes (not joined)"),
        ("QYX", (3, 64, 64), "in 3 planes (not joined)"),
        ("YXZ", (64, 64, 9), "in 9 slices (not joined)"),
    ],
)
def test_a_stack_says_that_its_planes_are_not_joined(axes, shape, phrase) -> None:
    assert stack_phrase(axes, shape) == phrase


@pytest.mark.parametrize(
    ("axes", "shape", "phrase"),
    [
        ("ZYX", (9, 64, 64), "in 9 slices"),
        ("PZYX", (5, 9, 64, 64), "in 5 x 9 planes"),
        ("TZYX", (8, 9, 64, 64), "in 8 x 9 planes (not tracked)"),
    ],
)
def test_joined_slices_leave_only_frames_to_be_tracked(axes, shape, phrase) -> None:
    assert stack_phrase(axes, shape, joined=True) == phrase


@pytest.mark.parametrize(
    ("count", "stack", "text"),
    [
        (0, "", "0 nuclei"),
        (1, "", "1 nucleus"),
        (36, "in 9 slices", "36 nuclei in 9 slices"),
        (1, "in 9 slices (not joined)", "1 outline in 9 slices (not joined)"),
        (311, "in 8 frames (not tracked)", "311 outlines in 8 frames (not tracked)"),
    ],
)
def test_a_count_has_the_noun_of_what_is_counted(count, stack, text) -> None:
    assert describe_count(count, stack) == text


def test_one_plane_is_singular() -> None:
    assert plane_count((1,), "Z") == "1 slice"
    assert plane_count((1,), "Q") == "1 plane"


def bright(tiles):
    return np.concatenate([tiles[..., :1], tiles[..., :1]], axis=-1)


def test_the_summary_of_a_segmentation_counts_outlines_in_a_stack(discs) -> None:
    labels = discs((96, 96), [(30, 30, 10), (70, 60, 10)])
    plane = np.where(labels > 0, 4000, 100).astype(np.uint16)
    segmenter = Segmenter(bright, ModelCard("discs", diameter=20))
    stack = np.stack([plane] * 3)
    found = segmenter.run(stack, axes="TYX")
    assert isinstance(found, Segmentation)
    assert found.stack == "in 3 frames (not tracked)"
    assert f"3 x 96 x 96 pixels: {found.count} outlines in 3 frames" in repr(found)
    single = segmenter.run(plane)
    assert f"96 x 96 pixels: {single.count} nuclei, median diameter" in repr(single)
    assert single.stack == ""
