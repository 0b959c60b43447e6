from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.batch import (
    FileResult,
    find_images,
    output_stems,
    prepare_folder,
    segment_files,
)


@pytest.fixture
def plate(tmp_path: Path, image: NDArray[np.uint8]) -> Path:
    """Return a folder of three good images, two bad ones and what is no image."""
    folder = tmp_path / "plate"
    folder.mkdir()
    for name in ("b.png", "a.png", "c.tif"):
        cv2.imwrite(str(folder / name), image)
    (folder / "broken.png").write_bytes(b"hello")
    (folder / "empty.tif").write_bytes(b"")
    (folder / "notes.txt").write_text("hello")
    (folder / "inside").mkdir()
    cv2.imwrite(str(folder / "inside" / "d.png"), image)
    return folder


def test_a_folder_goes_on_past_bad_files_with_a_row_for_each(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    told: list[FileResult] = []
    out = tmp_path / "out" / "deep"
    results = segment_files(segmenter, [plate], out, report=told.append)
    assert told == results
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
    assert written == ["a_labels.tif", "b_labels.tif", "c_labels.tif"]


def test_progress_is_that_of_each_file(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    told: list[tuple[int, int]] = []
    inputs = [plate / "a.png", plate / "b.png"]
    segment_files(segmenter, inputs, tmp_path, progress=lambda *x: told.append(x))
    assert told == [(1, 1), (1, 1)]


def test_raising_from_progress_ends_the_whole_batch(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise CancelledError

    told: list[FileResult] = []
    with pytest.raises(CancelledError):
        segment_files(segmenter, [plate], tmp_path, progress=cancel, report=told.append)
    assert told == []


INPUTS: dict[str, tuple[list[str], list[str]]] = {
    "a file": (["plate/a.png"], ["a.png"]),
    "a file of no image's name": (["plate/notes.txt"], ["notes.txt"]),
    "a folder": (["plate/inside"], ["d.png"]),
    "a pattern": (["plate/*.png"], ["a.png", "b.png", "broken.png"]),
    "a deep pattern": (["plate/**/d.*"], ["d.png"]),
    "a pattern of files and others": (["plate/[cn]*"], ["c.tif"]),
    "one of two": (["plate/[ab].png"], ["a.png", "b.png"]),
    "the order given": (["plate/b.png", "plate/a.png"], ["b.png", "a.png"]),
    "each once": (["plate/a.png", "plate/[a].png", "plate/a.png"], ["a.png"]),
}


@pytest.mark.parametrize(("inputs", "names"), INPUTS.values(), ids=INPUTS)
def test_inputs_name_images(
    plate: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], names: list[str]
) -> None:
    monkeypatch.chdir(plate.parent)
    assert [path.name for path in find_images(inputs)] == names


def test_a_file_with_brackets_in_its_name_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a[1].png"
    path.write_bytes(b"")
    assert find_images([path]) == [path]


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
        segment_files(segmenter, ["plate/a.png", item], "out")
    assert not Path("out").exists()


@pytest.mark.parametrize("place", ["file", "file/below", "file/below/deep"])
def test_a_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, plate: Path, segmenter: Segmenter, place: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"is a file; name a folder|cannot be made"):
        segment_files(segmenter, [plate], tmp_path / place)
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="out cannot be written"):
        prepare_folder(tmp_path / "out")


CLASHES: dict[str, tuple[list[str], list[str]]] = {
    "no clash": (["x/a.png", "x/b.png"], ["a", "b"]),
    "suffixes": (["x/a.png", "x/a.tif"], ["a.png", "a.tif"]),
    "folders": (["x/a.png", "y/a.png"], ["x_a.png", "y_a.png"]),
    "some": (["x/a.png", "x/b.png", "x/b.tif"], ["a", "b.png", "b.tif"]),
    "folders of one name": (["x/z/a.png", "y/z/a.png"], ["z_a.png_0", "z_a.png_1"]),
}


@pytest.mark.parametrize(("paths", "stems"), CLASHES.values(), ids=CLASHES)
def test_results_of_like_named_files_are_told_apart(
    paths: list[str], stems: list[str]
) -> None:
    assert output_stems([Path(path) for path in paths]) == stems


PARTS = st.sampled_from(["a", "b", "a.png", "a_a", "a_0", "z_a.png_1"])


@given(
    st.lists(st.tuples(PARTS, PARTS, st.sampled_from([".png", ".tif"])), unique=True)
)
def test_no_two_results_ever_have_one_name(parts: list[tuple[str, str, str]]) -> None:
    paths = [Path("top", folder, name + suffix) for folder, name, suffix in parts]
    stems = output_stems(paths)
    assert len(set(stems)) == len(paths)


def test_like_named_files_all_get_their_results(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    inputs = [tmp_path / "one", tmp_path / "two"]
    for folder in inputs:
        folder.mkdir()
        cv2.imwrite(str(folder / "a.png"), image)
    results = segment_files(segmenter, inputs, tmp_path / "out", table=True)
    written = {path for result in results for path in result.written}
    assert len(written) == 4
    assert set((tmp_path / "out").iterdir()) == written
