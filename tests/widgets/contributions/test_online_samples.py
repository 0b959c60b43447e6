"""Samples that need internet: napari never waits for them."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from napari_nuclei.widgets.contributions import online_samples
from napari_nuclei.widgets.contributions.online_samples import is_stored
from napari_nuclei.widgets.contributions.sample_images import cells_3d, human_mitosis

FUNCTIONS = {"human_mitosis": human_mitosis, "cells3d": cells_3d}
PIXELS = np.arange(512 * 512, dtype=np.uint8).reshape(512, 512)


@pytest.fixture
def online(monkeypatch) -> None:
    monkeypatch.setattr(online_samples, "check_server", lambda: None)


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectionError("no route"), "No internet: open a synthetic .* downloaded"),
        (ModuleNotFoundError("pooch"), "Run: python -m pip install pooch"),
    ],
    ids=["offline", "no pooch"],
)
def test_a_failed_download_says_first_what_to_do(
    monkeypatch, name, error, message
) -> None:
    def fail():
        raise error

    monkeypatch.setattr(f"skimage.data.{name}", fail)
    with pytest.raises(OSError, match=message):
        FUNCTIONS[name]()


@pytest.mark.usefixtures("online")
def test_without_a_viewer_the_pixels_are_returned(monkeypatch) -> None:
    monkeypatch.setattr("skimage.data.human_mitosis", lambda: PIXELS)
    ((data, arguments, kind),) = human_mitosis()
    assert data is PIXELS
    assert (arguments["name"], kind) == ("Human mitosis", "image")


@pytest.mark.usefixtures("online")
def test_a_viewer_gets_an_empty_layer_at_once_and_its_pixels_later(
    make_napari_viewer, monkeypatch, qtbot
) -> None:
    go_on = threading.Event()

    def download():
        assert go_on.wait(60)
        return PIXELS

    monkeypatch.setattr("skimage.data.human_mitosis", download)
    viewer = make_napari_viewer()
    began = time.perf_counter()
    (layer,) = viewer.open_sample("napari-nuclei", "human_mitosis")
    assert time.perf_counter() - began < 2
    assert layer.name == "Human mitosis (opening)"
    assert not np.asarray(layer.data).any()
    go_on.set()
    qtbot.waitUntil(lambda: layer.name == "Human mitosis", timeout=20_000)
    assert np.array_equal(layer.data, PIXELS)
    assert layer.contrast_limits == [0, 255]
    assert not layer.metadata


def test_an_offline_sample_is_removed_with_a_message(
    make_napari_viewer, monkeypatch, qtbot
) -> None:
    shown = []
    monkeypatch.setattr("napari.utils.notifications.show_error", shown.append)

    def offline() -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(online_samples, "check_server", offline)
    monkeypatch.setattr(online_samples, "is_stored", lambda name: False)
    viewer = make_napari_viewer()
    other = viewer.add_image(PIXELS)
    viewer.open_sample("napari-nuclei", "cells_3d")
    assert len(viewer.layers) == 2
    qtbot.waitUntil(lambda: len(viewer.layers) == 1, timeout=20_000)
    assert other in viewer.layers
    (message,) = shown
    assert message.startswith("No internet: open a synthetic sample.")


def test_a_stored_sample_needs_no_server(monkeypatch, tmp_path) -> None:
    def offline() -> None:
        raise OSError("offline")

    monkeypatch.setattr(online_samples, "check_server", offline)
    monkeypatch.setattr("skimage.data.data_dir", str(tmp_path))
    monkeypatch.setattr("skimage.data.human_mitosis", lambda: PIXELS)
    assert not is_stored("human_mitosis")
    with pytest.raises(OSError, match="No internet"):
        human_mitosis()
    (tmp_path / "mitosis.tif").touch()
    assert human_mitosis()[0][0] is PIXELS


def test_a_server_that_does_not_answer_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(online_samples, "HOST", "http://127.0.0.1:9")
    began = time.perf_counter()
    with pytest.raises(OSError):
        online_samples.check_server()
    assert time.perf_counter() - began < online_samples.TIMEOUT + 1
