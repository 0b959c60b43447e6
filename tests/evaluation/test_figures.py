from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from napari_nuclei.evaluation.figures import (
    draw_curves,
    draw_predictions,
    save_figure,
)
from napari_nuclei.training.loop.state import Epoch

SMALL = {"loss": 0.5, "accuracy": 0.9, "dice": 0.8, "iou": 0.7}


def texts(figure: Figure) -> list[str]:
    """Return all that is written in a figure."""
    found = figure.findobj(Text)
    return [text.get_text() for text in found if text.get_text()]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Return the pairs of visible texts that overlap each other."""
    figure.draw_without_rendering()
    panels = [
        (text.get_text(), text.get_window_extent())
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible()
    ]
    return [
        (name, other)
        for i, (name, box) in enumerate(panels)
        for other, box2 in panels[:i]
        if box.overlaps(box2)
    ]


def history(epochs: int) -> list[dict[str, float]]:
    worse = {name: value + 0.1 for name, value in SMALL.items()}
    return [Epoch(n, n * 2.0, SMALL, worse).as_row() for n in range(1, epochs + 1)]


@pytest.mark.parametrize("epochs", [1, 2, 40])
def test_curves_show_train_and_validation(epochs: int) -> None:
    figure = draw_curves(history(epochs))
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Loss",
        "Pixel accuracy",
        "IoU",
        "Dice",
    ]
    for axes in figure.axes:
        labels = [line.get_label() for line in axes.lines]
        assert labels == ["train", "validation", "best epoch"]
        assert len(axes.lines[0].get_xdata()) == epochs


def test_curves_mark_the_epoch_of_the_lowest_validation_loss() -> None:
    rows = history(5)
    rows[3]["val_loss"] = 0.1
    assert list(draw_curves(rows).axes[0].lines[2].get_xdata()) == [4, 4]


def test_curves_take_rows_read_from_a_csv_file_and_missing_columns() -> None:
    rows = [{"epoch": "1", "loss": "0.5", "dice": ""}, {"epoch": "2", "loss": "nan"}]
    figure = draw_curves(rows)
    assert len(figure.axes[0].lines) == 1
    assert not figure.axes[2].lines
    assert not figure.axes[3].lines


def test_curves_of_no_epoch_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one epoch; got none"):
        draw_curves([])


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.arange(600).reshape(20, 30) > 9, id="bool"),
        pytest.param(
            np.arange(600, dtype=np.uint16).reshape(20, 30) * 100, id="uint16"
        ),
        pytest.param(np.full((20, 30), np.nan), id="NaN"),
        pytest.param(np.full((20, 30), -np.inf, np.float32), id="infinite"),
        pytest.param(np.zeros((20, 30), np.int64), id="flat"),
        pytest.param(np.ones((20, 30, 1), np.float32), id="one channel"),
        pytest.param(np.ones((20, 30, 4), np.uint8), id="RGBA"),
    ],
)
def test_images_of_any_type_are_shown_from_0_to_1(image: Any) -> None:
    labels = np.zeros((20, 30), np.int32)
    figure = draw_predictions([image], [labels], [labels])
    shown = figure.axes[0].images[0].get_array()
    assert shown.shape == (20, 30, 3)
    assert 0 <= shown.min() <= shown.max() <= 1


def test_predictions_are_rows_of_image_true_and_predicted_mask(
    rng: np.random.Generator,
) -> None:
    shapes = [(30, 30), (80, 20), (20, 80), (1300, 700)]
    images = [rng.integers(0, 255, (*shape, 3), np.uint8) for shape in shapes]
    masks = [np.tri(*shape, dtype=np.int32) for shape in shapes]
    names = [f"{'long_name_$_' * 9}: AP50 0.{n}" for n in range(4)]
    figure = draw_predictions(images, masks, masks, names)
    assert len(figure.axes) == 12
    assert texts(figure)[:3] == ["image", "true mask", "predicted mask"]
    assert overlapping(figure) == []
    assert max(figure.axes[9].images[0].get_array().shape) <= 640


def test_sequences_of_different_lengths_are_refused() -> None:
    one = [np.zeros((4, 4), np.int32)]
    with pytest.raises(ValueError, match="at least one; got 1, 1, 2, 1"):
        draw_predictions(one, one, one * 2)
    with pytest.raises(ValueError, match="at least one; got 0, 0, 0, 0"):
        draw_predictions([], [], [])


def test_a_saved_figure_is_a_png_of_150_dots_an_inch(tmp_path: Path) -> None:
    path = tmp_path / "figures" / "curves.png"
    save_figure(draw_curves(history(3)), path)
    assert cv2.imread(str(path)).shape == (555, 2400, 3)
    assert [x.name for x in path.parent.iterdir()] == ["curves.png"]


def test_figures_are_made_in_threads_without_pyplot(tmp_path: Path) -> None:
    def work(number: int) -> None:
        save_figure(draw_curves(history(3)), tmp_path / f"{number}.png")

    loaded = "matplotlib.pyplot" in sys.modules
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(4)))
    files = [path.read_bytes() for path in tmp_path.glob("*.png")]
    assert len(files) == 4
    assert len(set(files)) == 1
    assert ("matplotlib.pyplot" in sys.modules) == loaded
