from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from napari.utils.events import EmitterGroup, Event
from napari.utils.theme import get_theme

from napari_nuclei.widgets.train.loss_plot import (
    PREDICTION_HEIGHT,
    SINGLE_POINT_SIZE,
    TRAIN_COLOUR,
    TrainingPlot,
)


@pytest.fixture
def plot(qapp):
    return TrainingPlot()


def test_every_epoch_is_a_point_of_the_curves(plot) -> None:
    plot.add({"epoch": 1, "loss": 0.9, "val_loss": 1.0, "accuracy": 0.5})
    plot.add({"epoch": 2, "loss": 0.4, "accuracy": 0.7})
    loss, accuracy = plot.axes
    curves = {line.get_label(): line.get_xydata().tolist() for line in loss.lines}
    assert curves == {"train": [[1, 0.9], [2, 0.4]], "held out": [[1, 1.0]]}
    assert [line.get_label() for line in accuracy.lines] == ["train"]


def test_a_single_epoch_is_a_point_inside_the_axes(plot) -> None:
    plot.add({"epoch": 1, "loss": 0.9, "val_loss": 1.0})
    (train, held_out), low_high = plot.axes[0].lines, plot.axes[0].get_xlim()
    assert train.get_marker() == held_out.get_marker() == "o"
    assert train.get_markersize() == SINGLE_POINT_SIZE
    assert low_high == (0, 2)
    plot.canvas.draw()
    pixels = np.asarray(plot.canvas.buffer_rgba())[..., :3].astype(int)
    point = np.array([int(TRAIN_COLOUR[i : i + 2], 16) for i in (1, 3, 5)])
    assert np.count_nonzero((np.abs(pixels - point) < 20).all(axis=-1)) > 10


def test_an_epoch_that_is_repeated_replaces_the_earlier_one(plot) -> None:
    for loss in (0.9, 0.8):
        plot.add({"epoch": 1, "loss": loss})
    assert plot.rows == [{"epoch": 1, "loss": 0.8}]


def test_the_curves_follow_the_theme(plot) -> None:
    viewer = SimpleNamespace(theme="light", events=EmitterGroup(theme=Event))
    plot.follow_theme(viewer)
    light = plot.axes[0].get_facecolor()
    viewer.theme = "dark"
    viewer.events.theme()
    dark = plot.axes[0].get_facecolor()
    assert sum(dark[:3]) < 1 < 2 < sum(light[:3])
    assert plot.canvas.figure.get_facecolor() == dark
    text = plot.axes[0].title.get_color()
    assert text == get_theme("dark").text.as_hex()


def test_an_image_is_shown_if_its_file_exists(plot, tmp_path) -> None:
    path = tmp_path / "latest.png"
    plot.add({"epoch": 1, "loss": 0.9}, path)
    assert plot.prediction_image.pixmap().isNull()
    cv2.imwrite(str(path), np.zeros((64, 128, 3), np.uint8))
    plot.add({"epoch": 2, "loss": 0.8}, path)
    pixmap = plot.prediction_image.pixmap()
    assert (pixmap.height(), pixmap.width()) == (
        PREDICTION_HEIGHT,
        2 * PREDICTION_HEIGHT,
    )


def test_a_cleared_plot_is_empty(plot) -> None:
    plot.add({"epoch": 1, "loss": 0.9})
    plot.clear()
    assert plot.rows == []
    assert not any(axes.lines for axes in plot.axes)
