from __future__ import annotations

import json

import pandas as pd
import pytest
from qtpy.QtWidgets import QApplication

from napari_nuclei.io.outlines.read_outlines import read_outlines
from napari_nuclei.io.tables import read_table
from napari_nuclei.widgets.layers.layer_classes import CLASS_COLOURS
from napari_nuclei.widgets.nuclei.sections.save import SaveSection
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(model) -> TableSession:
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [model.layers["dapi"]])
    session.set_column("class", ["pos", "neg", "pos", "neg", "pos", "pos"])
    return session


@pytest.fixture
def messages(session) -> list[str]:
    found: list[str] = []
    session.message_sent.connect(found.append)
    return found


@pytest.fixture
def section(session, qtbot) -> SaveSection:
    section = SaveSection(session)
    qtbot.addWidget(section)
    return section


@pytest.mark.parametrize(
    ("name", "file"), [("CSV table", "a.csv"), ("Parquet table", "a.parquet")]
)
def test_tables_hold_all_columns_and_read_back(
    section, session, messages, tmp_path, name, file
) -> None:
    section.format.value = name
    section.save(tmp_path / "a")
    found = read_table(tmp_path / file)
    expected = session.frame.astype({"class": found["class"].dtype})
    pd.testing.assert_frame_equal(found, expected)
    assert messages == [f"Saved 6 nuclei in {tmp_path / file}"]


def test_only_the_rows_shown_are_saved(section, session, tmp_path) -> None:
    session.set_filter("label > 4")
    section.only_shown.value = True
    section.save(tmp_path / "a.csv")
    assert read_table(tmp_path / "a.csv").index.tolist() == [5, 6]
    section.format.value = "GeoJSON outlines (QuPath)"
    section.save(tmp_path / "a.geojson")
    content = json.loads((tmp_path / "a.geojson").read_text())
    assert len(content["features"]) == 2


def test_outlines_hold_the_measurements(section, tmp_path) -> None:
    section.format.value = "GeoJSON outlines (QuPath)"
    section.save(tmp_path / "a.geojson")
    content = json.loads((tmp_path / "a.geojson").read_text())
    text = json.dumps(content["features"][1]["properties"])
    assert "dapi_mean" in text and "neg" in text


def test_regions_of_imagej_are_saved(section, tmp_path) -> None:
    import roifile

    section.format.value = "ImageJ ROIs"
    section.save(tmp_path / "a.zip")
    assert len(roifile.roiread(tmp_path / "a.zip")) == 6


@pytest.mark.parametrize(
    ("name", "file"),
    [("GeoJSON outlines (QuPath)", "a.geojson"), ("ImageJ ROIs", "a.zip")],
)
def test_outlines_have_the_classes_and_their_colours(
    section, session, tmp_path, name, file
) -> None:
    session.labels_layer.metadata[CLASS_COLOURS] = {"neg": [1, 2, 3]}
    section.format.value = name
    section.save(tmp_path / file)
    found = read_outlines(tmp_path / file)
    assert found.table["class"].tolist() == session.frame["class"].tolist()
    assert tuple(found.colours["neg"]) == (1, 2, 3)


def test_a_file_that_cannot_be_written_is_said(section, messages, tmp_path) -> None:
    (tmp_path / "file").touch()
    section.save(tmp_path / "file" / "a.csv")
    section.save(tmp_path / "a.tif")
    assert "file" in messages[0] and "\n" not in messages[0]
    assert messages[1].startswith("a.tif does not end in .csv.")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_that_the_dialog_did_not_ask_about_is_not_replaced(
    section, messages, tmp_path
) -> None:
    (tmp_path / "a.csv").write_text("my notes")
    section.save(tmp_path / "a")
    assert messages == ["a.csv exists. Type its whole name to replace it"]
    assert (tmp_path / "a.csv").read_text() == "my notes"
    section.save(tmp_path / "a.geojson")  # another format than the chosen one
    assert json.loads((tmp_path / "a.geojson").read_text())["features"]


def test_what_was_measured_can_be_copied(section, messages) -> None:
    section.python.native.click()
    assert "table = measure(" in QApplication.clipboard().text()
    section.command.native.click()
    assert "napari-nuclei measure" in QApplication.clipboard().text()
    assert [message.split()[0] for message in messages] == ["Copied", "Copied"]


def test_without_labels_there_is_nothing_to_save(section, session) -> None:
    session.set_layers(None)
    buttons = (section.save_button, section.command, section.python)
    assert not any(button.enabled for button in buttons)
