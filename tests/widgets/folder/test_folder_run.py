from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from napari.components import ViewerModel

from napari_nuclei.io.tables import read_table
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.widgets.folder.folder_request import FolderRequest
from napari_nuclei.widgets.folder.folder_run import run_folder
from napari_nuclei.widgets.folder.open_result import OpenResult
from napari_nuclei.widgets.shared.thread_progress import Cancelled

pytestmark = pytest.mark.usefixtures("network")


def test_a_folder_is_segmented_as_by_the_command(plate: Path) -> None:
    steps = []
    request = FolderRequest(plate, None, {"model": "discs"}, channel="w1")
    summary = run_folder(request, steps.append)
    values = [step.value for step in steps if step.value is not None]
    assert [image.name for image in values[0]] == ["A01_s1", "B02_s1", "C03_s1"]
    assert [len(image.files) for image in values[0]] == [2, 2, 1]
    assert all(isinstance(value, FileResult) for value in values[1:])
    assert len(values) == 4
    assert str(replace(summary, results=())) == (
        f"2 of 3 images, 12 nuclei, 1 failed. Results: {request.results_folder}"
    )
    flagged = replace(summary.results[0], flags=("empty",))
    text = str(replace(summary, results=(flagged, *summary.results[2:])))
    assert text.startswith("2 of 3 images, 12 nuclei, 1 flagged, 1 failed. ")
    assert (summary.images, summary.failed) == (3, 1)
    table = read_table(summary.tables[0])
    assert table.groupby("well").size().to_dict() == {"A01": 6, "B02": 6}
    assert any(
        step.message.endswith("3 of 3 images, 1 failed. Writing tables...")
        for step in steps
    )


def test_an_error_while_reporting_cancels_and_a_later_run_continues(
    plate: Path,
) -> None:
    request = FolderRequest(plate, None, {"model": "discs"}, channel="w1", workers=1)

    def cancel(step) -> None:
        if step.done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_folder(request, cancel)
    steps = []
    run_folder(request, steps.append)
    results = [step.value for step in steps if isinstance(step.value, FileResult)]
    assert [result.already_done for result in results] == [True, False, False]


def test_a_plate_gets_its_labels_and_one_table(hcs: Path) -> None:
    steps = []
    settings = {"model": "discs", "channel": 0}
    request = FolderRequest(hcs, None, settings)
    summary = run_folder(request, steps.append)
    values = [step.value for step in steps if step.value is not None]
    assert [image.name for image in values[0]] == ["A/1/0", "B/2/0"]
    assert [result.nuclei for result in values[1:]] == [6, 6]
    labels = hcs / "A/1/0/labels/nuclei"
    assert values[1].written == (labels,)
    assert (summary.images, summary.failed, summary.nuclei) == (2, 0, 12)
    assert [result.path.parts[-3:] for result in summary.results] == [
        *(("A", "1", "0"), ("B", "2", "0")),
    ]
    table = read_table(hcs.with_name("hcs_nuclei") / "hcs_nuclei.csv")
    assert table.groupby("well").size().to_dict() == {"A01": 6, "B02": 6}
    viewer = ViewerModel()
    text = OpenResult(viewer).open(values[0][0], values[1])
    assert text == "A/1/0 is open with its nuclei."
    assert [layer.data.shape for layer in viewer.layers] == [(128, 192)] * 3
    assert viewer.layers[-1].data.max() == 6
    again = run_folder(request, lambda step: None)
    assert (again.images, again.failed, again.nuclei) == (2, 0, None)
    assert str(again).startswith("2 of 2 images")
