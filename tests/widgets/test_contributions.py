"""What the manifest contributes, opened in napari as its menus do."""

from __future__ import annotations

from pathlib import Path

import pytest
from napari.layers import Layer
from npe2 import PluginManager, PluginManifest

NAME = "napari-nuclei"
CONTRIBUTIONS = PluginManifest.from_file(
    Path(__file__).parents[2] / "napari.yaml"
).contributions


@pytest.mark.parametrize("widget", [w.display_name for w in CONTRIBUTIONS.widgets])
def test_every_widget_opens_in_napari(make_napari_viewer, widget) -> None:
    viewer = make_napari_viewer()
    dock, opened = viewer.window.add_plugin_dock_widget(NAME, widget)
    assert len(opened) > 3
    assert widget in dock.name


@pytest.mark.parametrize("key", [s.key for s in CONTRIBUTIONS.sample_data])
def test_every_sample_opens_in_napari(make_napari_viewer, key) -> None:
    viewer = make_napari_viewer()
    layers = viewer.open_sample(NAME, key)
    assert layers
    assert all(isinstance(layer, Layer) for layer in layers)


@pytest.mark.parametrize(
    ("menu", "command"),
    [
        ("napari/layers/segment", "napari-nuclei.segment"),
        ("napari/layers/annotate", "napari-nuclei.train"),
    ],
)
def test_the_commands_stand_in_the_layers_menu(
    make_napari_viewer, menu, command
) -> None:
    make_napari_viewer()
    items = PluginManager.instance().iter_menu(menu)
    assert command in [item.command for item in items]
