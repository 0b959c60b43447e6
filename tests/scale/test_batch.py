from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.locks import PathLockedError
from napari_nuclei.io.readers import read_image
from napari_nuclei.scale.batch import FileResult, segment_files
from napari_nuclei.scale.recoverable import OUT_OF_MEMORY


def test_bad_files_do_not_stop_a_run_and_have_rows(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    reported: list[FileResult] = []
    out = tmp_path / "out" / "deep"
    results = segment_files([plate], out, model=segmenter, on_result=reported.append)
    assert sorted(reported, key=lambda result: result.path) == results
    assert [result.path.name for result in results] == [
        "a.png",
        "b.png",
        "broken.png",
        "c.tif",
        "empty.tif",
    ]
    for result in results:
        if result.path.stem in "abc":
            assert (result.nuclei, result.reason) == (3, "")
            assert result.seconds > 0
            assert all(path.exists() for path in result.written)
        else:
            assert (result.nuclei, result.written) == (0, ())
            assert result.path.name in result.reason
    written = sorted(path.name for path in out.iterdir())
    labels = ["a_labels.tif", "b_labels.tif", "c_labels.tif"]
    assert written == [*labels, "results.csv", "results.json"]


def test_progress_counts_files_or_the_tiles_of_the_only_one(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    reported: list[tuple[int, int]] = []
    inputs = [plate / "a.png", plate / "b.png"]
    segment_files(
        inputs, tmp_path, model=segmenter, progress=lambda *x: reported.append(x)
    )
    assert reported == [(0, 2), (1, 2), (2, 2)]
    reported.clear()
    segment_files(
        inputs[:1], tmp_path, model=segmenter, progress=lambda *x: reported.append(x)
    )
    assert reported == [(1, 1)]


def test_an_error_in_progress_ends_the_whole_run(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise CancelledError

    reported: list[FileResult] = []
    with pytest.raises(CancelledError):
        segment_files(
            [plate],
            tmp_path,
            model=segmenter,
            progress=cancel,
            on_result=reported.append,
        )
    assert reported == []


BAD_INPUTS: dict[str, tuple[str, str]] = {
    "missing file": ("gone.png", r"gone\.png: there is no such file or folder"),
    "an empty folder": ("empty", r"empty holds no images \(\.png, "),
    "a pattern of nothing": ("plate/*.jpg", r"plate/\*\.jpg holds no images"),
    "a pattern of no images": ("plate/*.txt", r"plate/\*\.txt holds no images"),
}


@pytest.mark.parametrize(("item", "message"), BAD_INPUTS.values(), ids=BAD_INPUTS)
def test_inputs_without_images_are_refused_before_anything_is_written(
    plate: Path,
    segmenter: Segmenter,
    monkeypatch: pytest.MonkeyPatch,
    item: str,
    message: str,
) -> None:
    monkeypatch.chdir(plate.parent)
    (plate.parent / "empty").mkdir()
    with pytest.raises((OSError, ValueError), match=message):
        segment_files(["plate/a.png", item], "out", model=segmenter)
    assert not Path("out").exists()


@pytest.mark.parametrize("folder", ["file", "file/below", "file/below/deep"])
def test_a_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, plate: Path, segmenter: Segmenter, folder: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"is a file. Name a folder|cannot be made"):
        segment_files([plate], tmp_path / folder, model=segmenter)
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="out cannot be written"):
        prepare_folder(tmp_path / "out")


def test_files_of_one_name_all_get_results(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    inputs = [tmp_path / "one", tmp_path / "two"]
    for folder in inputs:
        folder.mkdir()
        cv2.imwrite(str(folder / "a.png"), image)
    results = segment_files(
        inputs, tmp_path / "out", model=segmenter, formats=["labels", "csv"]
    )
    written = {path for result in results for path in result.written}
    assert len(written) == 4
    of_run = {tmp_path / "out" / name for name in ("results.csv", "results.json")}
    assert set((tmp_path / "out").iterdir()) == written | of_run


def manifest(folder: Path) -> dict[str, tuple[str, str, str]]:
    with (folder / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        Path(row["file"]).name: (row["status"], row["nuclei"], row["reason"])
        for row in rows
    }


def test_the_manifest_has_the_result_of_every_file(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    segment_files([plate], tmp_path / "out", model=segmenter)
    rows = manifest(tmp_path / "out")
    assert list(rows) == ["a.png", "b.png", "broken.png", "c.tif", "empty.tif"]
    assert rows["a.png"] == ("done", "3", "")
    assert rows["empty.tif"] == ("failed", "0", "empty.tif is empty (0 bytes)")


def test_finished_files_are_skipped(
    tmp_path: Path, plate: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    out = tmp_path / "out"
    first = segment_files([plate], out, model=segmenter)
    cv2.imwrite(str(plate / "broken.png"), image)
    (out / "b_labels.tif").unlink()
    second = segment_files([plate], out, model=segmenter)
    assert [result.already_done for result in second] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert [result.nuclei for result in second] == [3, 3, 3, 3, 0]
    assert second[0].written == first[0].written
    assert manifest(out)["broken.png"] == ("done", "3", "")
    other = segment_files(
        [plate], out, model=segmenter, config=SegmentConfig(diameter=16)
    )
    assert not any(result.already_done for result in other)


def test_flags_are_in_the_manifest_and_come_back(
    tmp_path: Path, plate: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    blank = np.full_like(image, 10)
    cv2.imwrite(str(plate / "blank.png"), blank)
    out = tmp_path / "out"
    first = segment_files([plate], out, model=segmenter)
    flags = {result.path.name: result.flags for result in first}
    assert flags["blank.png"] == ("empty",)
    assert "empty" not in flags["a.png"]
    assert flags["broken.png"] == ()
    with (out / "results.csv").open(newline="") as file:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    assert rows["blank.png"]["flags"] == "empty"
    assert 0 < float(rows["a.png"]["contrast"])
    assert rows["broken.png"]["flags"] == rows["broken.png"]["contrast"] == ""
    again = segment_files([plate], out, model=segmenter)
    assert [r.flags for r in again] == [r.flags for r in first]
    assert sum(result.already_done for result in again) == 4


def test_finished_files_with_unusual_names_are_skipped_too(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    for name in ("a;b.png", "c, d.png"):
        cv2.imwrite(str(tmp_path / name), image)
    for earlier in (False, True):
        results = segment_files(
            [tmp_path], tmp_path / "out", model=segmenter, formats=["labels", "csv"]
        )
        assert [result.already_done for result in results] == [earlier] * 2
        assert all(path.is_file() for result in results for path in result.written)


def test_a_run_resumes_from_a_manifest_that_was_cut_short(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    out = tmp_path / "out"
    segment_files([plate], out, model=segmenter)
    lines = (out / "results.csv").read_text().splitlines()
    (out / "results.csv").write_text("\n".join([*lines[:2], lines[2][:9]]))
    results = segment_files([plate], out, model=segmenter)
    assert [r.already_done for r in results] == [True, False, False, False, False]


def test_results_in_the_folder_of_the_images_are_not_segmented(
    plate: Path, segmenter: Segmenter
) -> None:
    first = segment_files(
        [plate], plate, model=segmenter, formats=["labels", "overlay"]
    )
    again = segment_files(
        [plate], plate, model=segmenter, formats=["labels", "overlay"]
    )
    assert [r.path for r in again] == [r.path for r in first]
    assert sum(result.already_done for result in again) == 3


def test_results_are_not_segmented_after_their_image_was_removed(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    segment_files([plate], plate, model=segmenter, formats=["labels", "csv", "overlay"])
    (plate / "a.png").unlink()
    left = ["b.png", "broken.png", "c.tif", "empty.tif"]
    again = segment_files(
        [plate], plate, model=segmenter, formats=["labels", "csv", "overlay"]
    )
    assert [r.path.name for r in again] == left
    elsewhere = segment_files([plate], tmp_path / "out", model=segmenter)
    assert [r.path.name for r in elsewhere] == left


def test_results_among_named_files_are_left_out(
    plate: Path, segmenter: Segmenter
) -> None:
    segment_files(
        [plate / "a.png", plate / "b.png"],
        plate,
        model=segmenter,
        formats=["labels", "csv"],
    )
    named = [path for path in plate.iterdir() if path.name[:2] in ("a.", "a_", "re")]
    assert [r.path.name for r in segment_files(named, plate, model=segmenter)] == [
        "a.png"
    ]
    with pytest.raises(ValueError, match=r"All 1 files are results of an earlier run"):
        segment_files([plate / "b_labels.tif"], plate, model=segmenter)


def test_a_run_into_a_folder_of_another_is_refused_and_later_completes_it(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    second = [plate / "b.png", plate / "c.tif"]
    refused = []

    def other_run(result: FileResult) -> None:
        if result.path.name == "a.png":
            with pytest.raises(PathLockedError) as error:
                segment_files(second, tmp_path, model=segmenter)
            refused.append(str(error.value))
            segment_files(second[0], tmp_path, model=segmenter)  # a single image may

    first = [plate / "a.png", plate / "broken.png"]
    segment_files(first, tmp_path, model=segmenter, on_result=other_run)
    assert len(refused) == 1
    assert refused[0].startswith(f"{tmp_path} is being written by process")
    assert sorted(manifest(tmp_path)) == ["a.png", "broken.png"]
    segment_files(second, tmp_path, model=segmenter)
    assert sorted(manifest(tmp_path)) == ["a.png", "b.png", "broken.png", "c.tif"]
    assert not [*tmp_path.glob("*.lock")]


def test_another_table_is_not_replaced_by_the_manifest(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    content = "plate,cells\nA1,7\n"
    (tmp_path / "results.csv").write_text(content)
    with pytest.raises(
        ValueError, match=r"results\.csv is not a manifest of an earlier"
    ):
        segment_files([plate], tmp_path, model=segmenter)
    assert (tmp_path / "results.csv").read_text() == content
    assert not list(tmp_path.glob("*_labels.tif"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_file_name_that_is_not_utf8_has_its_row(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    not_utf8 = Path(os.fsdecode(os.fsencode(plate / "a") + b"\xff.png"))
    (plate / "a.png").rename(not_utf8)
    for earlier in (False, True):
        results = segment_files(
            [not_utf8, plate / "b.png"], tmp_path / "out", model=segmenter
        )
        assert [(r.nuclei, r.already_done) for r in results] == [(3, earlier)] * 2
    assert b"a\xff.png,done,3" in (tmp_path / "out" / "results.csv").read_bytes()


REASONS: list[tuple[Exception, str]] = [
    (RuntimeError("no"), "no"),
    (cv2.error("no"), "no"),
    (MemoryError(), f"{OUT_OF_MEMORY} (MemoryError)"),
    (SystemExit(2), "Unexpected error (SystemExit: 2)"),
    (IndexError("no"), "Unexpected error (IndexError: no)"),
    (ZeroDivisionError(), "Unexpected error (ZeroDivisionError)"),
]


@pytest.mark.parametrize(("error", "reason"), REASONS)
def test_the_other_files_are_segmented_after_any_error(
    tmp_path: Path,
    plate: Path,
    segmenter: Segmenter,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    reason: str,
) -> None:
    def fail(path: Path, **options: Any) -> ImageFile:
        if path.name == "a.png":
            raise error
        return read_image(path, **options)

    monkeypatch.setattr("napari_nuclei.scale.image_run.read_image", fail)
    results = segment_files(
        [plate / "a.png", plate / "b.png"], tmp_path, model=segmenter
    )
    assert results[0].reason == reason
    assert results[1].nuclei == 3


def test_one_image_is_written_to_the_file_that_is_named(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    path = tmp_path / "mine" / "labels.tif"
    (result,) = segment_files(plate / "a.png", path, model=segmenter)
    assert result.written == (path,)
    assert read_image(path).pixels.any()
    with pytest.raises(
        ValueError, match=r"a single file, but there are 5 images. Name"
    ):
        segment_files(plate, path, model=segmenter)


def test_results_are_written_to_the_folder_of_each_image_by_default(
    plate: Path, segmenter: Segmenter
) -> None:
    inputs = [plate / "a.png", plate / "inside"]
    for already_done in (False, True):
        results = segment_files(inputs, model=segmenter, formats=["labels", "mask"])
        assert [result.already_done for result in results] == [already_done] * 2
        assert [
            path.relative_to(plate).as_posix() for r in results for path in r.written
        ] == [
            "a_labels.tif",
            "a_mask.png",
            "inside/d_labels.tif",
            "inside/d_mask.png",
        ]
    assert list(manifest(plate / "inside")) == ["d.png"]
    assert list(manifest(plate)) == ["a.png"]
    # A later run does not segment results.
    assert [r.path.name for r in segment_files(plate / "inside", model=segmenter)] == [
        "d.png"
    ]


def test_a_mask_of_another_program_is_not_replaced(
    plate: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    mask = plate / "inside" / "d_mask.png"
    cv2.imwrite(str(mask), image)
    before = mask.read_bytes()
    (result,) = segment_files(
        plate / "inside" / "d.png", model=segmenter, formats=["labels", "mask"]
    )
    assert "d_mask.png was not written by this program" in result.reason
    assert mask.read_bytes() == before
    assert not (plate / "inside" / "d_labels.tif").exists()


def test_bad_formats_are_refused_before_anything_is_written(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    with pytest.raises(ValueError, match="formats must be of labels, "):
        segment_files(plate, tmp_path / "out", model=segmenter, formats=["xls"])
    assert not (tmp_path / "out").exists()


def test_axes_hold_for_every_file_and_change_the_run(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    for name in "ab":
        stack = np.stack([np.stack([image] * 2)] * 3)
        tifffile.imwrite(tmp_path / f"{name}.tif", stack)
    output = tmp_path / "out"
    failed = segment_files(tmp_path, output, model=segmenter)
    assert all("does not name 2 of its 4 axes" in result.reason for result in failed)
    done = segment_files(tmp_path, output, model=segmenter, axes="TZYX")
    assert [result.nuclei for result in done] == [18, 18]
    again = segment_files(tmp_path, output, model=segmenter, axes="ZTYX")
    assert not any(result.already_done for result in again)


def test_a_run_can_be_cancelled_with_any_error(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    def cancel(done: int, total: int) -> None:
        raise RuntimeError("cancelled")

    with pytest.raises(RuntimeError, match="cancelled"):
        segment_files(plate / "a.png", tmp_path, model=segmenter, progress=cancel)
    assert not list(tmp_path.glob("*_labels.tif"))


@pytest.mark.parametrize("removed", ["the folder", "one file"])
def test_results_that_are_removed_during_a_run_are_failures(
    tmp_path: Path, plate: Path, segmenter: Segmenter, removed: str
) -> None:
    out = tmp_path / "out"

    def remove(result: FileResult) -> None:
        if result.path.name != "a.png":
            return
        if removed == "one file":
            result.written[0].unlink()
        else:
            shutil.rmtree(out, ignore_errors=True)

    inputs = [plate / "a.png", plate / "b.png", plate / "c.tif"]
    results = segment_files(inputs, out, model=segmenter, on_result=remove, workers=1)
    assert results[0].path.name == "a.png"
    lost = [bool(result.reason) for result in results]  # others may be written by then
    assert lost[0]
    assert removed == "the folder" or lost == [True, False, False]
    assert results[0].reason.endswith(
        "removed during the run. Run the same command again"
    )
    assert manifest(out)["a.png"][0] == "failed"
    again = segment_files(inputs, out, model=segmenter)
    assert [result.already_done for result in again] == [not one for one in lost]
    assert not any(result.reason for result in again)


@pytest.mark.parametrize("content", ["", "file,stat", "file,status,nuclei,seconds,"])
def test_a_run_continues_if_it_was_killed_while_it_began_the_manifest(
    tmp_path: Path, plate: Path, segmenter: Segmenter, content: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.csv").write_text(content)
    for earlier in (False, True):
        results = segment_files([plate], out, model=segmenter)
        assert [r.already_done for r in results if not r.reason] == [earlier] * 3
    assert [*manifest(out)] == ["a.png", "b.png", "broken.png", "c.tif", "empty.tif"]


def test_files_with_too_many_pixels_are_refused_unless_allowed(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    for name in "ab":
        pixels = np.zeros((400, 400), np.uint8)
        pixels[: image.shape[0], : image.shape[1]] = image
        cv2.imwrite(str(tmp_path / f"{name}.png"), pixels)
    refused = segment_files(
        [tmp_path], tmp_path / "out", model=segmenter, max_pixels=9999
    )
    assert all("states 160,000 pixels, more than" in r.reason for r in refused)
    done = segment_files([tmp_path], tmp_path / "out", model=segmenter)
    assert [result.nuclei for result in done] == [3, 3]


C_LOCALE = """
import os, sys
from pathlib import Path
import numpy as np
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.batch import segment_files

def bright(tiles):
    inside = (tiles.mean(axis=-1, keepdims=True) > 0.5).astype(np.float32)
    return np.concatenate([inside, inside], axis=-1)

segmenter = Segmenter(bright, ModelCard("bright", diameter=16, min_size=4))
results = segment_files(sys.argv[1], sys.argv[2], model=segmenter)
print(sys.getfilesystemencoding(), [result.already_done for result in results])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_run_continues_in_another_locale(
    tmp_path: Path, image: NDArray[np.uint8]
) -> None:
    folder = tmp_path / "bilder"
    folder.mkdir()
    for name in ("z\u00fcrich.png", "\u6838.png"):
        assert cv2.imwrite(str(folder / name), image)
    command = [sys.executable, "-c", C_LOCALE, str(folder), str(tmp_path / "out")]
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    found = []
    for locale in (plain, plain, {"PYTHONUTF8": "1"}):
        ended = subprocess.run(
            command,
            env=os.environ | locale,
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(ended.stdout.strip())
    assert found == ["ascii [False, False]", "ascii [True, True]", "utf-8 [True, True]"]
    rows = (tmp_path / "out" / "results.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3


def test_tracks_without_tracking_are_refused_before_any_image(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        tifffile.imwrite(tmp_path / name, np.zeros((32, 32), np.uint8))
    with pytest.raises(ValueError, match="format tracks holds tracks"):
        segment_files(tmp_path, tmp_path / "out", formats=["labels", "tracks"])
    assert not (tmp_path / "out").exists()
