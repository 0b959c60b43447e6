from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.widgets.folder.folder_form import (
    CHOOSE,
    CHOOSE_CHANNEL,
    FolderForm,
)

pytestmark = pytest.mark.usefixtures("qtbot")


def test_the_form_makes_a_request(plate: Path, tmp_path: Path) -> None:
    form = FolderForm()
    form.folder.value = plate
    form.update_preview()
    assert form.channel.value == CHOOSE
    assert form.missing == CHOOSE_CHANNEL
    assert form.pattern.tooltip.startswith("Now {well}_s{field}_w{channel}")
    with pytest.raises(ValueError, match="Choose the channel of the nuclei first"):
        form.request({})
    form.channel.value = "w2"
    assert form.missing == ""
    assert form.conditions_file is None
    form.conditions.value = tmp_path / "c.csv"
    assert form.conditions_file == tmp_path / "c.csv"
    request = form.request({"diameter": 9})
    assert (request.source, request.channel, request.pattern) == (plate, "w2", "")
    assert (request.results_folder, request.workers) == (tmp_path / "plate_nuclei", 0)
    assert request.settings == {"diameter": 9}
    assert request.table
    profile = tmp_path / "mine.toml"
    profile.write_text("probability = 0.3\n")
    form.profile.value = profile
    form.output.value = tmp_path / "out"
    form.pattern.value = "{well}_s{field}_w{channel}"
    form.workers.value = "4"
    form.table.value = False
    form.update_preview()
    assert form.channel.value == "w2"  # the channels are the same
    request = form.request({"diameter": 9})
    assert (request.settings, request.settings_name) == (
        {"probability": 0.3},
        "mine.toml",
    )
    assert (request.workers, request.table) == (4, False)
    form.channel.value = CHOOSE
    with pytest.raises(ValueError, match="Choose the channel of the nuclei first"):
        form.request({"channel": 0})
    profile.write_text('channel = "w1"\n')
    assert form.request({}).channel == ""  # that of the profile
    assert request.results_folder == tmp_path / "out"
    assert request.pattern == form.pattern.value


def test_the_channel_of_a_plate_in_ome_zarr_is_chosen(hcs: Path) -> None:
    form = FolderForm()
    form.folder.value = hcs
    form.update_preview()
    assert form.missing == CHOOSE_CHANNEL
    form.channel.value = "channel_1"
    assert form.request({}).channel == "1"


def test_a_report_is_of_a_folder_or_of_a_plate_and_its_table(
    plate: Path, hcs: Path, tmp_path: Path
) -> None:
    form = FolderForm()
    assert form.reported is None
    form.folder.value = plate
    assert form.reported is None
    results = tmp_path / "plate_nuclei" / "results.csv"
    results.parent.mkdir()
    results.touch()
    assert form.reported == (results.parent, {"conditions": None})
    form.folder.value = hcs
    assert form.reported is None
    table = tmp_path / "hcs_nuclei" / "hcs_nuclei.csv"
    table.parent.mkdir()
    table.touch()
    page = table.with_name("report.html")
    keywords = {"conditions": None, "destination": page, "table": table}
    assert form.reported == (hcs, keywords)


def test_a_form_that_is_not_complete_says_what_to_do(tmp_path: Path) -> None:
    form = FolderForm()
    with pytest.raises(ValueError, match="Choose a folder first"):
        form.request({})
    form.folder.line_edit.value = str(tmp_path / "missing")
    with pytest.raises(ValueError, match=r"There is no folder .*missing"):
        form.request({})
    form.folder.value = tmp_path
    with pytest.raises(ValueError, match="holds no images"):
        form.request({})
