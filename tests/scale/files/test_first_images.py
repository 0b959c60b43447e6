from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.cli import main
from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.readers import read_image
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.files.crashed_files import STARTED_NAME
from napari_nuclei.scale.files.file_task import FileTask
from napari_nuclei.scale.files.first_images import fix_diameter
from napari_nuclei.scale.files.run_plan import plan_run
from napari_nuclei.scale.records.run_record import read_run_record


@pytest.fixture
def folder(tmp_path: Path, image: NDArray[np.uint8]) -> Path:
    """Return a folder of three images, and one of nuclei that are twice as large."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name in "bcd":
        cv2.imwrite(str(folder / f"{name}.png"), image)
    cv2.imwrite(str(folder / "e.png"), cv2.resize(image, None, fx=2, fy=2))
    return folder


def run(folder: Path, segmenter: Segmenter, **options: Any) -> tuple[list, str]:
    """Segment a folder; return the results and the note of the plan."""
    plans: list[Any] = []
    results = segment_files(
        folder,
        folder.parent / "out",
        model=segmenter,
        diameter_from_first=True,
        on_plan=plans.append,
        **options,
    )
    return results, plans[0].note


def diameter_of(out: Path) -> Any:
    return read_run_record(out)["settings"]["config"]["diameter"]


def test_the_diameter_of_the_first_images_is_that_of_all(
    folder: Path, segmenter: Segmenter
) -> None:
    results, note = run(folder, segmenter)
    out = folder.parent / "out"
    diameter = diameter_of(out)
    assert 10 < diameter < 20
    assert note == f"Diameter: {diameter:g} px, measured in the first 3 images"
    assert read_run_record(out)["settings"]["diameter_from_first"] is True
    assert all(result.nuclei for result in results)
    expected = segment_files(
        folder,
        folder.parent / "given",
        model=segmenter,
        config=SegmentConfig(diameter=diameter),
    )
    for found, given in zip(results, expected, strict=True):
        labels = [read_image(one.written[0]).pixels for one in (found, given)]
        np.testing.assert_array_equal(*labels)


def test_another_run_keeps_the_diameter_though_images_were_added(
    folder: Path, segmenter: Segmenter
) -> None:
    run(folder, segmenter)
    diameter = diameter_of(folder.parent / "out")
    for name in ("a1.png", "a2.png", "a3.png"):  # they come first now
        (folder / name).write_bytes((folder / "e.png").read_bytes())
    results, note = run(folder, segmenter)
    assert note == f"Diameter: {diameter:g} px, as in the earlier run"
    assert [one.already_done for one in results] == [False] * 3 + [True] * 4
    assert diameter_of(folder.parent / "out") == diameter


@pytest.mark.parametrize(
    "change",
    [{"config": SegmentConfig(min_size=3)}, {"pixel_size": 0.5}, {"model": "other"}],
    ids=lambda change: next(iter(change)),
)
def test_another_setting_measures_the_diameter_again(
    folder: Path, segmenter: Segmenter, change: dict[str, Any]
) -> None:
    run(folder, segmenter)
    if "model" in change:
        path = folder.parent / "out" / "results.json"
        record = json.loads(path.read_text())
        record["model"]["card_sha256"] = "0"
        path.write_text(json.dumps(record))
        change = {}
    _, note = run(folder, segmenter, **change)
    assert "measured in the first 3 images" in note


def test_images_without_nuclei_and_bad_files_are_passed_over(
    folder: Path, segmenter: Segmenter
) -> None:
    (folder / "a.png").write_bytes(b"hello")
    cv2.imwrite(str(folder / "a1.png"), np.full((60, 90), 7, np.uint8))
    results, note = run(folder, segmenter)
    assert "measured in the first" in note
    assert "hello" not in note
    assert 10 < diameter_of(folder.parent / "out") < 20
    assert [bool(one.reason) for one in results] == [True] + [False] * 5


def test_without_any_nucleus_each_image_is_measured(
    tmp_path: Path, segmenter: Segmenter
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in "ab":
        cv2.imwrite(str(folder / f"{name}.png"), np.full((60, 90), 7, np.uint8))
    _, note = run(folder, segmenter)
    assert note == "Diameter: measured in each image, as the first have no nuclei"
    assert diameter_of(tmp_path / "out") == "auto"


def test_a_single_image_is_measured_itself(folder: Path, segmenter: Segmenter) -> None:
    results, note = run(folder / "e.png", segmenter)
    assert (len(results), note) == (1, "")


def test_a_given_diameter_is_refused(folder: Path, segmenter: Segmenter) -> None:
    with pytest.raises(ValueError, match="only measured if it is auto; got 24"):
        run(folder, segmenter, config=SegmentConfig(diameter=24))


def test_an_image_that_crashed_a_run_is_not_read(
    folder: Path, segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder.parent / "out"
    out.mkdir()
    note = json.dumps(str(folder / "b.png")) + "\n"
    (out / STARTED_NAME).write_text(note)
    read: list[str] = []

    def read_and_note(path: Path, **options: Any) -> Any:
        read.append(path.name)
        return read_image(path, **options)

    monkeypatch.setattr(
        "napari_nuclei.scale.files.first_images.read_image", read_and_note
    )
    items = plan_run([folder], out).items
    task = FileTask(segmenter)
    fixed, _ = fix_diameter(task, items)
    assert fixed.settings.config.diameter != "auto"
    assert read == ["c.png", "d.png", "e.png"]
    assert (out / STARTED_NAME).read_text() == note


def test_the_command_says_the_diameter_in_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder.parent / "out"
    words = ["segment", str(folder), "-o", str(out), "--model", "nuclei-fast"]
    assert main([*words, "--diameter-from-first"]) == 0
    assert "Diameter: " in capsys.readouterr().out
    assert main([*words, "--diameter-from-first", "--diameter", "9"]) == 1
    message = capsys.readouterr().err
    assert "Leave out one of --diameter and --diameter-from-first" in message
    assert main(["segment", "a.zarr", "-o", "b.zarr", "--diameter-from-first"]) == 1
    assert "for several image files" in capsys.readouterr().err
