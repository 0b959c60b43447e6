from __future__ import annotations

import shlex

import numpy as np
import pandas as pd
import pytest
import tifffile
from napari.components import ViewerModel

from napari_nuclei.cli import main
from napari_nuclei.io.tables import read_table
from napari_nuclei.widgets.nuclei.live.measuring import MeasureSettings
from napari_nuclei.widgets.nuclei.measuring_code import command_line, python_code
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(channels, tmp_path) -> TableSession:
    """Return a session on layers of files."""
    labels, images = channels
    viewer = ViewerModel()
    place = {"scale": (0.5, 0.5), "units": ("um", "um")}

    def save(name: str, pixels) -> str:
        path = str(tmp_path / f"{name} 1.tif")
        tifffile.imwrite(path, pixels)
        return path

    for name, pixels in images.items():
        path = save(name, pixels.astype(np.uint16))
        (layer,) = viewer.open(path, name=name, **place)
    path = save("nuclei", labels.astype(np.uint16))
    (layer,) = viewer.open(path, layer_type="labels", name="nuclei", **place)
    session = TableSession(viewer)
    session.set_settings(MeasureSettings(ring=("1um", "2um")))
    session.set_layers(layer, [viewer.layers["dapi"], viewer.layers["ki67"]])
    assert len(session.frame) == 6
    return session


def test_the_code_gives_the_same_table(session) -> None:
    names: dict[str, object] = {}
    exec(python_code(session), names)
    pd.testing.assert_frame_equal(names["table"], session.frame)


def test_the_command_gives_the_same_table(session, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = command_line(session)
    assert command.startswith("napari-nuclei measure '")
    assert main(shlex.split(command)[1:]) == 0
    pd.testing.assert_frame_equal(read_table("nuclei.csv"), session.frame)


def test_layers_without_a_file_are_named(model) -> None:
    session = TableSession(model)
    assert command_line(session) == python_code(session) == ""
    session.set_layers(model.layers["nuclei"], [model.layers["dapi"]])
    for text in (command_line(session), python_code(session)):
        assert "# Save these layers first: nuclei, dapi." in text
        assert "labels.tif" in text and "dapi.tif" in text
