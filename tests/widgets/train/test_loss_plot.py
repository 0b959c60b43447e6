from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.widgets.train.loss_plot import PREDICTION_HEIGHT, TrainingPlot


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
