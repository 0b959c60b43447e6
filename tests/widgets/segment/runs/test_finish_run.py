"""The last steps of a run, without a window."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.core.matching import count_objects
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import (
    format_summary,
    labels_layer_kwargs,
)
from napari_nuclei.widgets.segment.result import RunResult, completed_part
from napari_nuclei.widgets.segment.runs.finish_run import (
    finish_run,
    needs_joining,
    outlines_of,
)
from napari_nuclei.widgets.shared.thread_progress import Cancelled, Progress

JOIN = SegmentConfig(diameter="native", join="z", correct=False)
SEPARATE = SegmentConfig(diameter="native", correct=False)


@pytest.fixture
def truth():
    """Return two balls in twelve slices."""
    z, y, x = np.ogrid[:12, :120, :140]
    labels = np.zeros((12, 120, 140), np.int32)
    for number, (cz, cy, cx) in enumerate([(5, 30, 40), (6, 80, 100)], 1):
        square = ((z - cz) * 2.5) ** 2 + (y - cy) ** 2 + (x - cx) ** 2
        labels[square <= 100] = number
    return labels


@pytest.fixture
def cancelled(truth, network, own_models):
    """Return a function that runs on the balls until a step, and what is done."""
    image = np.where(truth > 0, 250, 10).astype(np.uint8)
    layer = Image(image, axis_labels=("z", "y", "x"), scale=(2.5, 1, 1), name="a")
    source = make_image_source(layer, (0, 0, 0))

    def run_until(message: str, config: SegmentConfig) -> RunResult:
        runs: list[RunResult] = []

        def report(step: Progress) -> None:
            if isinstance(step.value, RunResult):
                runs.append(step.value)
            if step.message.startswith(message):
                raise Cancelled

        with pytest.raises(Cancelled):
            segment_in_memory(source, own_models / "discs", config, report)
        part = completed_part(runs[-1])
        assert part is not None
        return part

    return run_until


def test_slices_that_are_done_are_joined(cancelled, truth) -> None:
    part = cancelled("Plane 9", JOIN)
    before = part.labels.copy()
    steps: list[Progress] = []
    joined = finish_run(part, steps.append)
    assert joined.nuclei == 2
    assert not joined.labels[8:].any()
    assert count_objects(truth[:8], joined.labels[:8], [0.8])[0].tp == 2
    assert format_summary(joined).startswith("2 nuclei in 8 slices, median diameter")
    assert any(step.value is joined for step in steps)
    # A layer may show the labels of the part.
    np.testing.assert_array_equal(part.labels, before)
    assert part.joined is None


def test_a_run_without_joining_is_returned_as_it_is(cancelled) -> None:
    part = cancelled("Plane 9", SEPARATE)
    assert finish_run(part, lambda step: None) is part
    assert not needs_joining(part)
    assert part.stack == "in 8 slices (not joined)"


def test_outlines_of_slices_have_numbers_of_their_own(cancelled) -> None:
    part = cancelled("Joining", JOIN)
    assert needs_joining(part)
    outlines = outlines_of(part)
    assert not needs_joining(outlines)
    highest = [int(plane.max()) for plane in outlines.labels]
    assert max(highest) == outlines.nuclei == sum(p.nuclei for p in part.planes)
    assert [h for h in highest if h] == sorted(set(highest) - {0})
    assert part.labels.max() == 2
    record = labels_layer_kwargs(outlines)
    assert len(record["features"]) == 0
    assert record["metadata"]["napari_nuclei"]["settings"]["join"] == "none"
