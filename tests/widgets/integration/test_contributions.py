"""Open all contributions of the manifest in napari, as its menus do."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Layer
from npe2 import PluginManager, PluginManifest

NAME = "napari-nuclei"
CONTRIBUTIONS = PluginManifest.from_file(
    Path(__file__).parents[3] / "napari.yaml"
).contributions

ONLINE = "napari_nuclei.widgets.contributions.online_samples"


@pytest.mark.parametrize("widget", [w.display_name for w in CONTRIBUTIONS.widgets])
def test_every_widget_opens_in_napari(make_napari_viewer, widget) -> None:
    viewer = make_napari_viewer()
    dock, opened = viewer.window.add_plugin_dock_widget(NAME, widget)
    assert opened.content_layout.count() > 3
    assert widget in dock.name


@pytest.fixture
def no_downloads(monkeypatch) -> None:
    """Replace the samples that scikit-image downloads."""
    cells = np.zeros((4, 2, 64, 64), np.uint16)
    monkeypatch.setattr(f"{ONLINE}.check_server", lambda: None)
    monkeypatch.setattr("skimage.data.cells3d", lambda: cells)
    monkeypatch.setattr("skimage.data.human_mitosis", lambda: cells[0, 0])


@pytest.mark.parametrize("key", [s.key for s in CONTRIBUTIONS.sample_data])
def test_every_sample_opens_in_napari(
    make_napari_viewer, no_downloads, key, qtbot
) -> None:
    viewer = make_napari_viewer()
    layers = viewer.open_sample(NAME, key)
    assert layers
    assert all(isinstance(layer, Layer) for layer in layers)
    qtbot.waitUntil(lambda: not any("opening" in layer.name for layer in layers))


@pytest.mark.parametrize("writer", [w.display_name for w in CONTRIBUTIONS.writers])
def test_every_writer_writes(make_napari_viewer, tmp_path, writer) -> None:
    (wanted,) = (w for w in CONTRIBUTIONS.writers if w.display_name == writer)
    viewer = make_napari_viewer()
    viewer.add_labels(np.eye(9, dtype=int))
    for suffix in wanted.filename_extensions:
        (path,) = viewer.layers.save(str(tmp_path / f"nuclei{suffix}"), plugin=NAME)
        assert Path(path).stat().st_size


def test_every_command_can_be_imported() -> None:
    for command in CONTRIBUTIONS.commands:
        module, name = command.python_name.split(":")
        assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize(
    ("menu", "command"),
    [
        ("napari/layers/segment", "napari-nuclei.segment"),
        ("napari/layers/annotate", "napari-nuclei.train"),
    ],
)
def test_the_commands_are_in_the_layers_menu(make_napari_viewer, menu, command) -> None:
    make_napari_viewer()
    items = PluginManager.instance().iter_menu(menu)
    assert command in [item.command for item in items]
