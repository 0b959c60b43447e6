"""Commands of the command palette that ask for files and open them."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.label_files import write_labels
from napari_nuclei.widgets.contributions import (
    microscope_files,
    napari_readers,
    open_files,
)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the messages that are shown."""
    messages: list[str] = []
    monkeypatch.setattr(open_files, "show_info", messages.append)
    return messages


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch):
    """Return a function that says which files the dialog returns."""
    filters: list[str] = []

    def choose_(*paths) -> list[str]:
        def ask(parent, title, folder, filter_):
            filters.append(filter_)
            return [str(path) for path in paths], filter_

        monkeypatch.setattr(open_files.QFileDialog, "getOpenFileNames", ask)
        return filters

    return choose_


def test_outlines_are_opened_from_the_palette(
    make_napari_viewer, discs, shown, choose, tmp_path
) -> None:
    labels = discs((40, 60), [(10, 10, 6), (25, 40, 8)])
    write_labels(labels, tmp_path / "a.geojson", table=measure(labels))
    (tmp_path / "b.csv").write_text("name\n1\n")
    viewer = make_napari_viewer()
    filters = choose(tmp_path / "a.geojson", tmp_path / "b.csv")
    assert napari_readers.get_reader() is None
    assert filters == ["Open nuclei (*.geojson *.zip *.csv *.parquet)"]
    (layer,) = viewer.layers
    np.testing.assert_array_equal(layer.data > 0, labels > 0)
    assert len(shown) == 1
    assert shown[0].startswith("b.csv cannot be opened here. Nuclei are in GeoJSON")


def test_files_of_microscopes_are_offered_in_the_palette(
    make_napari_viewer, shown, choose, tmp_path
) -> None:
    make_napari_viewer()
    filters = choose(tmp_path / "a.tif")
    assert microscope_files.get_reader() is None
    assert "*.czi" in filters[0]
    assert shown[0].startswith("a.tif cannot be opened here. Files of microscopes end")


def test_nothing_happens_without_files(make_napari_viewer, shown, choose) -> None:
    viewer = make_napari_viewer()
    choose()
    assert napari_readers.get_reader() is None
    assert (len(viewer.layers), shown) == (0, [])
