from __future__ import annotations

import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pytest
from napari.utils.events import EmitterGroup, Event
from PIL import Image

from napari_nuclei.widgets.nuclei.sections.plot_canvas import PlotCanvas


class Line(PlotCanvas):
    def draw_axes(self) -> None:
        self.axes.plot([0, 1], [0, 1])
        self.axes.set_xlabel("area")


@pytest.fixture
def plot(qapp):
    return Line()


def test_a_picture_is_saved_on_white_whatever_the_theme(plot, tmp_path) -> None:
    viewer = SimpleNamespace(theme="dark", events=EmitterGroup(theme=Event))
    plot.follow_theme(viewer)
    dark = plot.figure.get_facecolor()
    path = plot.save(tmp_path / "plot")
    assert path == tmp_path / "plot.png"
    pixels = np.asarray(Image.open(path).convert("RGB"))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert min(pixels.shape[:2]) > 400
    assert plot.figure.get_facecolor() == dark
    assert sum(dark[:3]) < 1


def test_an_svg_holds_its_text_as_text(plot, tmp_path) -> None:
    root = ET.parse(plot.save(tmp_path / "plot.svg")).getroot()
    assert root.tag.endswith("svg")
    assert "area" in "".join(root.itertext())


def test_another_suffix_is_refused_and_nothing_is_written(plot, tmp_path) -> None:
    with pytest.raises(ValueError, match=r"saved as .png or .svg; got plot.jpg"):
        plot.save(tmp_path / "plot.jpg")
    assert not list(tmp_path.iterdir())


def test_the_plot_follows_the_theme(plot) -> None:
    viewer = SimpleNamespace(theme="light", events=EmitterGroup(theme=Event))
    plot.follow_theme(viewer)
    light = sum(plot.axes.get_facecolor()[:3])
    viewer.theme = "dark"
    viewer.events.theme()
    assert sum(plot.axes.get_facecolor()[:3]) < 1 < light
