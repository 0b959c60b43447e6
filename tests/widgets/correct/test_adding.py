from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.outline_candidates import Outline
from napari_nuclei.widgets.correct.adding import Adding, middle_of, overlap
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.maps.crop_maps import CropMaps
from napari_nuclei.widgets.correct.maps.map_provider import MapProvider


class Maps(MapProvider):
    """Gives the foreground probability of the discs when `answer` is called."""

    def __init__(self, viewer, foreground) -> None:
        super().__init__(viewer)
        self.diameter = 20.0
        self._maps = CropMaps(
            (slice(0, 128), slice(0, 192)), foreground, source="the test"
        )
        self.waits = False

    def find(self, *_):
        return None if self.waits else self._maps

    def request(self, layer, part, pixel, done, half=0.0) -> None:
        self.answer = lambda: done(self._maps)
        if not self.waits:
            self.answer()


@pytest.fixture
def foreground(plane):
    """Return a probability that falls from the centre of each disc outwards."""
    rows, columns = np.mgrid[:128, :192]
    distances = [
        np.hypot(rows - row, columns - column)
        for row, column in [(90, 90), (90, 150), (30, 150)]
    ]
    return (1 / (1 + np.exp((np.min(distances, axis=0) - 10) / 2))).astype(np.float32)


@pytest.fixture
def adding(session, foreground):
    """Return `Adding` on a layer without the nuclei 5 and 6."""
    session.layer.data[np.isin(session.layer.data, (5, 6))] = 0
    return Adding(session, Maps(session.viewer, foreground))


def area(session, number: int) -> int:
    return int((session.layer.data == number).sum())


def test_a_click_adds_a_nucleus_under_a_number_never_used(adding, session) -> None:
    before = session.layer.data.copy()
    adding.add((92, 88))
    assert session.selected == 7 and 200 < area(session, 7) < 450
    assert session.messages == ["Added nucleus 7 by the test. Scroll to resize it."]
    adding.add((92, 88))
    assert session.messages[-1].startswith("Nucleus 7 is here.")
    session.layer.undo()
    np.testing.assert_array_equal(session.layer.data, before)
    adding.add((92, 88))
    assert session.selected == 8


def test_scrolling_resizes_it_within_the_same_step_of_undo(adding, session) -> None:
    before = session.layer.data.copy()
    adding.add((90, 90))
    first = area(session, 7)
    adding.resize_added(1)
    larger = area(session, 7)
    adding.resize_added(-1)
    assert larger > first == area(session, 7)
    for _ in range(30):
        adding.resize_added(-1)
    assert 0 < area(session, 7) < first
    assert len(session.state.history.applied) == 1
    session.layer.undo()
    np.testing.assert_array_equal(session.layer.data, before)
    session.layer.redo()
    assert 0 < area(session, 7) < first


def test_the_area_has_the_unit_of_the_layer(adding, session) -> None:
    adding.add((90, 90))
    adding.resize_added(1)
    assert (
        session.messages[-1] == f"Nucleus 7: {area(session, 7)} px². Scroll to resize."
    )
    session.layer.scale = (0.5, 0.5)
    session.layer.units = ("µm", "µm")
    adding.resize_added(1)
    expected = f"{area(session, 7) / 4:.4g} µm²"
    assert session.messages[-1] == f"Nucleus 7: {expected}. Scroll to resize."
    session.layer.scale, session.layer.units = (500, 500), ("nm", "nm")
    adding.resize_added(-1)
    expected = f"{area(session, 7) / 4:.4g} µm²"
    assert session.messages[-1] == f"Nucleus 7: {expected}. Scroll to resize."


def test_a_nucleus_that_was_changed_since_is_not_resized(adding, session) -> None:
    adding.add((90, 90))
    session.layer.paint((90, 90), 0)
    before = session.layer.data.copy()
    adding.resize_added(1)
    np.testing.assert_array_equal(session.layer.data, before)


def test_a_nucleus_is_resized_only_while_it_is_the_last_correction(
    adding, session
) -> None:
    adding.add((90, 90))
    adding.resize_added(1)
    part = session.part()
    session.apply(part, [delete(part.labels, 3)])
    before, kinds = session.layer.data.copy(), ["add", "delete"]
    assert adding.added is None
    adding.resize_added(-1)
    np.testing.assert_array_equal(session.layer.data, before)
    assert [edit.kind for edit in session.state.history.applied] == kinds
    session.layer.undo()
    adding.resize_added(-1)
    assert area(session, 7) and area(session, 3)
    session.layer.undo()
    assert adding.added is None and not area(session, 7)


def test_a_box_adds_the_nucleus_that_fills_it(adding, session) -> None:
    adding.add_box((79, 139), (101, 164))
    assert session.messages == ["Added nucleus 7 in the box by the test."]
    adding.add_box((52, 100), (70, 118))
    assert session.messages[-1] == (
        "Added nucleus 8 in the box as an ellipse: the test shows no nucleus that "
        "fills it."
    )
    rows, columns = np.nonzero(session.layer.data == 7)
    assert np.allclose([rows.mean(), columns.mean()], [90, 150], atol=1)


def test_a_late_answer_is_used_only_on_the_same_plane(
    adding, session, foreground
) -> None:
    maps = adding._maps
    maps.waits = True
    adding.add((90, 90))
    assert session.messages == ["Running the network on this spot …"]
    first = session.layer
    session.viewer.add_labels(first.data.copy(), name="other")
    maps.answer()
    assert session.state.history.applied == [] and area(session, 7) == 0
    session.viewer.layers.selection.active = first
    maps.answer()
    assert area(session, 7) > 0


def test_where_nothing_is_seen_a_box_is_asked_for(adding, session) -> None:
    adding._maps._maps = CropMaps((slice(0, 128), slice(0, 192)))
    adding.add((64, 100))
    assert session.messages == [
        "A click needs the image of these labels, which is not open. Draw a box."
    ]
    assert not session.state.history.applied
    adding.add_box((55, 90), (75, 110))
    assert session.messages[-1] == "Added nucleus 7 in the box."


def test_a_nucleus_of_a_volume_is_added_in_the_slices_that_show_it(volume) -> None:
    session = CorrectionSession(volume)
    layer = session.layer
    layer.data[layer.data == 5] = 0
    rows, columns = np.mgrid[:128, :192]
    away = np.hypot(rows - 90, columns - 90)
    foreground = [
        (0.95 / (1 + np.exp((away - radius) / 2))).astype(np.float32)
        for radius in (-20, 10, 8, 6)
    ]

    class SliceMaps(Maps):
        def find(self, layer, part, pixel, half=0.0):
            window = slice(0, 128), slice(0, 192)
            return CropMaps(window, foreground[part.position[0]], source="the test")

        def request(self, layer, part, pixel, done, half=0.0) -> None:
            done(self.find(layer, part, pixel))

    adding = Adding(session, SliceMaps(volume, None))
    adding.add((90, 90))
    areas = [int((one == 7).sum()) for one in layer.data]
    assert areas[0] == 0 and areas[1] > areas[2] > areas[3] > 0
    adding.resize_added(1)
    assert (layer.data[1] == 7).sum() > areas[1]
    layer.undo()
    np.testing.assert_array_equal(layer.data == 7, False)
    session.whole_nucleus = False
    adding.add((90, 90))
    assert [bool((one == 8).any()) for one in layer.data] == [False, True, False, False]


@pytest.mark.parametrize(
    ("start", "expected"), [(0, 1.0), (2, 0.5), (4, 0.0), (50, 0.0)]
)
def test_the_overlap_is_that_of_the_smaller_outline(start, expected) -> None:
    large = Outline((slice(0, 4), slice(0, 4)), np.ones((4, 4), bool), 0.5, 1.0)
    small = Outline(
        (slice(0, 2), slice(start + 0, start + 4)), np.ones((2, 4), bool), 0.5, 1.0
    )
    assert overlap(large, small) == overlap(small, large) == expected
    assert middle_of(small) == (0.0, start + 1.0)
