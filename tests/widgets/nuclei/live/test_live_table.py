from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.widgets.nuclei.live import live_table
from napari_nuclei.widgets.nuclei.live.live_table import LiveTable


class Recorder:
    def __init__(self, live: LiveTable) -> None:
        self.frames: list[pd.DataFrame] = []
        self.edited: list[list[int]] = []
        self.failures: list[str] = []
        live.on_measured = self.on_measured
        live.on_failed = self.failures.append

    def on_measured(self, frame, edited) -> None:
        self.frames.append(frame)
        self.edited.append(list(edited))


@pytest.fixture
def layer(channels):
    viewer = ViewerModel()
    return viewer.add_labels(channels[0].copy())


@pytest.fixture
def followed(layer):
    live = LiveTable()
    recorder = Recorder(live)
    live.follow(layer, [])
    return layer, live, recorder


def assert_up_to_date(layer, recorder) -> None:
    pd.testing.assert_frame_equal(recorder.frames[-1], measure(np.asarray(layer.data)))


def paint(layer) -> None:
    layer.paint((5, 5), 9)


def fill(layer) -> None:
    layer.fill((30, 30), 9)


def erase(layer) -> None:
    layer.paint((30, 30), 0)


def set_items(layer) -> None:
    layer.data_setitem((np.array([1, 2]), np.array([3, 4])), 7)


def polygon(layer) -> None:
    layer.paint_polygon([(60, 60), (60, 70), (70, 70)], 12)


def replace(layer) -> None:
    layer.data = np.where(layer.data == 2, 0, layer.data)


def another_shape(layer) -> None:
    layer.data = layer.data[:64, :100].copy()


def in_place(layer) -> None:
    layer.data[:20, :20] = 8
    layer.refresh()


EDITS = [paint, fill, erase, set_items, polygon, replace, another_shape, in_place]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_every_edit_is_followed(followed, edit) -> None:
    layer, _, recorder = followed
    edit(layer)
    assert len(recorder.frames) > 1
    assert_up_to_date(layer, recorder)


@pytest.mark.parametrize("edit", [paint, fill, erase, set_items, polygon])
def test_undo_and_redo_are_followed(followed, edit) -> None:
    layer, _, recorder = followed
    edit(layer)
    painted = recorder.frames[-1]
    layer.undo()
    pd.testing.assert_frame_equal(recorder.frames[-1], recorder.frames[0])
    layer.redo()
    pd.testing.assert_frame_equal(recorder.frames[-1], painted)


def test_only_the_changed_nuclei_are_named(followed) -> None:
    layer, _, recorder = followed
    fill(layer)
    assert recorder.edited[-1] == [1, 9]


def test_nothing_is_measured_when_nothing_changes(followed) -> None:
    layer, _, recorder = followed
    layer.refresh()
    layer.contour = 2
    layer.visible = False
    layer.visible = True
    layer.opacity = 0.3
    assert len(recorder.frames) == 1


def test_an_edit_of_a_hidden_layer_is_seen_when_it_is_shown(followed) -> None:
    layer, _, recorder = followed
    layer.visible = False
    layer.data[:9, :9] = 20
    layer.refresh()
    layer.visible = True
    assert_up_to_date(layer, recorder)


def test_sizes_follow_the_scale_and_the_units(followed) -> None:
    layer, _, recorder = followed
    layer.units = ("um", "um")
    layer.scale = (0.5, 0.5)
    frame = recorder.frames[-1]
    np.testing.assert_allclose(frame["area_um2"], frame["area"] / 4)


def test_a_stopped_table_ignores_edits(followed) -> None:
    layer, live, recorder = followed
    live.stop()
    paint(layer)
    layer.scale = (2, 2)
    assert len(recorder.frames) == 1


def test_many_changes_are_measured_by_long_work(followed, monkeypatch) -> None:
    layer, live, recorder = followed
    monkeypatch.setattr(live_table, "SMALL", 0)
    monkeypatch.setattr("napari_nuclei.widgets.nuclei.live.remeasure.MAX_WINDOW", 10)
    pending = []
    live.start = lambda work, finished, failed: pending.append((work, finished))
    layer.data = np.roll(layer.data, 7, 1)
    assert len(recorder.frames) == 1
    paint(layer)  # before the work is done
    while pending:
        work, finished = pending.pop(0)
        finished(work(lambda: None))
    assert_up_to_date(layer, recorder)


def test_negative_labels_are_refused_in_a_line(followed) -> None:
    layer, _, recorder = followed
    layer.data = np.where(layer.data == 2, -3, layer.data)
    assert "positive for nuclei" in recorder.failures[-1]
    layer.data = np.abs(layer.data)
    assert_up_to_date(layer, recorder)
