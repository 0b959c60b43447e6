from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
import zarr
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.large import segment_large

NATIVE = SegmentConfig(diameter="native", tile=64, overlap=16)
CARD = ModelCard("blurred", diameter=12, min_size=4)


def blurred(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an output that differs at edges of tiles: positions of tiles matter."""
    inside = (tiles.mean(axis=-1) > 0.5).astype(np.float32)
    around = np.stack([cv2.blur(tile, (5, 5)) for tile in inside])
    return np.stack([inside, around], axis=-1)


@pytest.fixture
def segmenter() -> Segmenter:
    return Segmenter(blurred, CARD)


@pytest.fixture(scope="module")
def image() -> NDArray[np.uint16]:
    """Return an image of discs; many touch, and lie on borders of blocks."""
    rng = np.random.default_rng(0)
    image = np.full((700, 830), 100, np.uint16)
    for _ in range(900):
        centre = int(rng.integers(0, 830)), int(rng.integers(0, 700))
        radius = int(rng.integers(3, 8))
        cv2.circle(image, centre, radius, int(rng.integers(3000, 4000)), cv2.FILLED)
    return image


def read(result: Any) -> NDArray[np.uint32]:
    return np.asarray(zarr.open_array(result.labels / "0", mode="r")[:])


def same_objects(one: NDArray[Any], two: NDArray[Any]) -> bool:
    one, two = one.astype(np.int32), two.astype(np.int32)
    counts = count_objects(one, two, [1.0])[0]
    return counts.fp == counts.fn == 0


@pytest.mark.parametrize("block", [64, 100, 256, 1000])
def test_labels_are_those_of_the_whole_image_for_any_block_size(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], block: int
) -> None:
    whole = segmenter.segment(image, config=NATIVE)
    result = segment_large(
        image, tmp_path / "out.zarr", model=segmenter, block=block, config=NATIVE
    )
    labels = read(result)
    assert result.nuclei == whole.max() > 300
    assert (result.failed, result.truncated, result.resumed) == ((), 0, 0)
    assert same_objects(labels, whole)
    first = [np.flatnonzero(labels.ravel() == n)[0] for n in (1, 2, result.nuclei)]
    assert first == sorted(first)
    assert not (tmp_path / "out.zarr.partial").exists()


@pytest.mark.parametrize("block", [100, 256])
def test_no_tile_is_given_to_the_network_twice(
    tmp_path: Path, image: NDArray[Any], block: int
) -> None:
    seen: list[int] = []

    def counting(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        seen.append(len(tiles))
        return blurred(tiles)

    segmenter = Segmenter(counting, CARD)
    segmenter.segment(image, config=NATIVE)
    whole = sum(seen)
    seen.clear()
    segment_large(
        image, tmp_path / "out.zarr", model=segmenter, block=block, config=NATIVE
    )
    assert sum(seen) == whole > 100


def test_label_numbers_do_not_depend_on_the_blocks(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    found = [
        read(
            segment_large(
                image, tmp_path / str(block), model=segmenter, block=block, workers=3
            )
        )
        for block in (96, 330)
    ]
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("diameter", [4, 24, 31])
def test_a_resized_image_gives_the_same_for_any_block_size(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], diameter: float
) -> None:
    config = SegmentConfig(diameter=diameter, tile=64, overlap=16)
    found = [
        read(
            segment_large(
                image,
                tmp_path / str(block),
                model=segmenter,
                block=block,
                config=config,
            )
        )
        for block in (150, 1000)
    ]
    assert found[0].max() > 100
    np.testing.assert_array_equal(*found)


def test_the_table_has_a_row_for_every_nucleus(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    path = tmp_path / "nuclei.csv"
    result = segment_large(
        image,
        tmp_path / "out.zarr",
        model=segmenter,
        block=200,
        config=NATIVE,
        table=path,
        pixel_size=0.5,
    )
    labels = read(result)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(int(row["label"]) for row in rows) == list(
        range(1, result.nuclei + 1)
    )
    areas = np.bincount(labels.ravel())
    border = {*labels[0], *labels[-1], *labels[:, 0], *labels[:, -1]}
    for row in rows:
        number = int(row["label"])
        assert float(row["area"]) == areas[number] == 4 * float(row["area_um2"])
        assert (row["touches_border"] == "True") == (number in border)
    own = labels == int(rows[7]["label"])
    y, x = np.nonzero(own)
    assert float(rows[7]["centroid_y"]) == pytest.approx(y.mean(), rel=1e-5)
    assert float(rows[7]["centroid_x"]) == pytest.approx(x.mean(), rel=1e-5)
    assert float(rows[7]["intensity_mean"]) == pytest.approx(image[own].mean(), 1e-5)


@pytest.mark.parametrize("numbering", ["stack", "plane"])
def test_a_stack_is_numbered_as_in_memory(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], numbering: str
) -> None:
    stack = np.stack([image, image[::-1], np.full_like(image, 5), image])
    config = replace(NATIVE, numbering=numbering)
    table = tmp_path / "nuclei.csv"
    result = segment_large(
        stack,
        tmp_path / "out",
        model=segmenter,
        axes="TYX",
        block=300,
        config=config,
        table=table,
    )
    labels = read(result)
    whole = segmenter.segment(stack, axes="TYX", config=config)
    assert result.nuclei == sum(len(np.unique(plane)) - 1 for plane in whole)
    for plane, expected in zip(labels, whole, strict=True):
        assert plane.max() == expected.max()
        np.testing.assert_array_equal(np.unique(plane), np.unique(expected))
        assert same_objects(plane, expected)
    with table.open(newline="") as file:
        numbers = [int(row["label"]) for row in csv.DictReader(file)]
    assert len(numbers) == result.nuclei
    unique = len(set(numbers)) == len(numbers)
    assert unique == (numbering == "stack")
    assert set(numbers) == set(np.unique(labels)) - {0}


class Killed(Exception):
    """Any error that stops a run."""


def stop_after(count: int) -> Any:
    def progress(done: int, total: int) -> None:
        if done == count:
            raise Killed

    return progress


def test_a_stopped_run_continues(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    out = tmp_path / "out"
    with pytest.raises(Killed):
        segment_large(
            image, out, model=segmenter, block=256, progress=stop_after(5), workers=1
        )
    assert not out.exists()
    progress: list[tuple[int, int]] = []
    result = segment_large(
        image, out, model=segmenter, block=256, progress=lambda *x: progress.append(x)
    )
    assert result.resumed >= 5
    assert progress[0] == (result.resumed, 12)
    assert progress[-1] == (12, 12)
    other = segment_large(image, tmp_path / "other", model=segmenter, block=256)
    np.testing.assert_array_equal(read(result), read(other))


KILLED = """
import os, signal, sys
from napari_nuclei import segment_large

def progress(done, total):
    if done == 3:
        os.kill(os.getpid(), signal.SIGKILL)

segment_large(sys.argv[1], sys.argv[2], block=256, workers=1, progress=progress)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_a_killed_process_loses_only_its_running_blocks(
    tmp_path: Path, image: NDArray[Any]
) -> None:
    source, out = tmp_path / "image.zarr", tmp_path / "out.zarr"
    zarr.save_array(source, image)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(source), str(out)], cwd=tmp_path
    )
    assert done.returncode == -signal.SIGKILL
    assert not out.exists()
    result = segment_large(source, out, block=256)
    assert result.resumed >= 3
    other = segment_large(source, tmp_path / "other.zarr", block=256)
    assert result.nuclei == other.nuclei > 100
    np.testing.assert_array_equal(read(result), read(other))


def test_a_run_with_other_settings_does_not_continue(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    with pytest.raises(Killed):
        segment_large(
            image, tmp_path / "out", model=segmenter, progress=stop_after(0), block=256
        )
    with pytest.raises(ValueError, match=r"out\.partial is from a run with another b"):
        segment_large(image, tmp_path / "out", model=segmenter, block=128)


class Broken:
    """An array whose first block cannot be read a number of times."""

    def __init__(self, pixels: NDArray[Any], times: int) -> None:
        self.pixels, self.times = pixels, times
        self.shape, self.dtype = pixels.shape, pixels.dtype

    def __getitem__(self, index: tuple[slice, slice]) -> NDArray[Any]:
        rows, columns = index
        block = rows.stop is not None and rows.stop < 600  # statistics read more
        if block and rows.start == 0 and columns.start == 0 and self.times:
            self.times -= 1
            raise OSError("the disk is busy")
        return self.pixels[index]


def test_a_block_that_fails_once_is_tried_again(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    broken = Broken(image, 1)
    result = segment_large(
        broken, tmp_path / "out", model=segmenter, block=256, config=NATIVE
    )
    assert broken.times == 0
    assert result.failed == ()


def test_a_block_that_keeps_failing_is_named_and_run_again_later(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    def run(source: Any, name: str) -> Any:
        return segment_large(
            source, tmp_path / name, model=segmenter, block=256, config=NATIVE
        )

    good = run(image, "good")
    result = run(Broken(image, 99), "out")
    assert [str(failure) for failure in result.failed] == [
        "rows 0 to 256, columns 0 to 256: the disk is busy"
    ]
    labels, expected = read(result), read(good)
    assert not labels[:256, :256].any()
    assert same_objects(labels[300:, 300:], expected[300:, 300:])
    repaired = run(Broken(image, 0), "out")
    assert (repaired.resumed, repaired.failed) == (11, ())
    np.testing.assert_array_equal(read(repaired), expected)


def test_finished_blocks_are_shown(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    seen = np.zeros(image.shape, bool)

    def show(plane_index: Any, window: Any, labels: NDArray[np.int32]) -> None:
        assert plane_index == ()
        seen[window] = labels > 0

    result = segment_large(
        image,
        tmp_path / "out",
        model=segmenter,
        block=256,
        config=NATIVE,
        on_block=show,
    )
    np.testing.assert_array_equal(seen, read(result) > 0)


def test_a_stopped_run_shows_its_blocks_and_can_be_finished_early(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    shown: list[Any] = []

    def segment(**how: Any) -> Any:
        return segment_large(
            image,
            tmp_path / "out",
            model=segmenter,
            block=256,
            config=NATIVE,
            workers=1,
            on_block=lambda plane_index, window, labels: shown.append(window),
            **how,
        )

    def cut_off(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        segment(progress=cut_off)
    first, shown = shown[:4], []
    result = segment(finish_only=True)
    assert shown[:4] == first
    assert (result.blocks, result.resumed, len(shown)) == (12, len(shown), len(shown))
    found = read(result)
    where = np.zeros(image.shape, bool)
    for window in shown:
        where[window] = True
    assert found[where].any()
    assert not found[~where].any()
    whole = segment()
    assert (whole.resumed, whole.missing_blocks) == (result.resumed, 0)
    other = segment_large(
        image, tmp_path / "other", model=segmenter, block=256, config=NATIVE
    )
    np.testing.assert_array_equal(read(whole), read(other))
    assert not (tmp_path / "out.partial").exists()


def test_nothing_is_written_if_every_block_fails(
    tmp_path: Path, image: NDArray[Any]
) -> None:
    def failing(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        raise RuntimeError("broken network")

    out, table = tmp_path / "out", tmp_path / "out.csv"
    with pytest.raises(RuntimeError, match=r"No block was segmented: broken network"):
        segment_large(
            image, out, model=Segmenter(failing, CARD), config=NATIVE, table=table
        )
    assert not out.exists()
    assert not table.exists()


def test_a_run_can_be_cancelled_in_the_middle_of_a_block(
    tmp_path: Path, image: NDArray[Any]
) -> None:
    within, cancelled = threading.Event(), threading.Event()

    def slow(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        within.set()
        assert cancelled.wait(60)
        return blurred(tiles)

    def cancel(done: int, total: int) -> None:
        if within.is_set():
            cancelled.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        segment_large(
            image,
            tmp_path / "out",
            model=Segmenter(slow, CARD),
            config=NATIVE,
            progress=cancel,
        )
    assert not list((tmp_path / "out.partial").glob("*.npz"))


def test_a_nucleus_longer_than_the_margin_is_counted_as_truncated(
    tmp_path: Path, segmenter: Segmenter
) -> None:
    image = np.zeros((300, 900), np.uint8)
    cv2.ellipse(image, (450, 150), (400, 60), 0, 0, 360, 200, cv2.FILLED)
    result = segment_large(
        image, tmp_path / "out", model=segmenter, block=128, config=NATIVE
    )
    labels = read(result)
    np.testing.assert_array_equal(labels > 0, image > 0)
    assert result.truncated > 0
    assert len(np.unique(labels)) - 1 <= result.nuclei


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a small block": ({"block": 3}, "block must be at least 64 pixels; got 3"),
    "a wrong table": ({"table": "a.xls"}, r"must end in \.csv or \.parquet; got a"),
    "no workers": ({"workers": 0}, "workers must be at least 1; got 0"),
    "columns first": ({"axes": "XY"}, "must have Y before X; got XY"),
    "odd axes": ({"axes": "PYX"}, "OME-Zarr cannot hold labels with the axes PYX"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_wrong_arguments_are_refused(
    tmp_path: Path, segmenter: Segmenter, arguments: dict[str, Any], message: str
) -> None:
    image = np.zeros((4, 80, 80) if "PYX" in arguments.values() else (80, 80), np.uint8)
    with pytest.raises(ValueError, match=message):
        segment_large(image, tmp_path / "out", model=segmenter, **arguments)
    assert not (tmp_path / "out").exists()


def test_a_destination_is_never_replaced(tmp_path: Path, segmenter: Segmenter) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(FileExistsError, match="exists; remove it or name another"):
        segment_large(np.zeros((80, 80)), tmp_path / "out", model=segmenter)


def test_a_source_that_is_no_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="source must be a path or an array"):
        segment_large([1, 2], tmp_path / "out")


def test_only_the_border_of_the_image_drops_nuclei(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    config = replace(NATIVE, drop_border=True)
    whole = segmenter.segment(image, config=config)
    result = segment_large(
        image, tmp_path / "out", model=segmenter, block=100, config=config
    )
    assert result.nuclei == whole.max() < segmenter.segment(image, config=NATIVE).max()
    assert same_objects(read(result), whole)


def save_zarr(path: Path, image: NDArray[Any]) -> Path:
    array = zarr.create_array(path, shape=image.shape, chunks=(256, 256), dtype="u2")
    array[:] = image
    return path


def remove_source(source: Path) -> None:
    shutil.rmtree(source)


def remove_chunks(source: Path) -> None:
    shutil.rmtree(source / "c" / "2")


def replace_source(source: Path) -> None:
    shutil.rmtree(source)
    save_zarr(source, np.zeros((700, 830), np.uint16))


CHANGES: dict[str, tuple[Any, str]] = {
    "removed": (remove_source, "was removed during the run"),
    "partly removed": (remove_chunks, "has changed since the run began"),
    # Between the two steps of a replacement the source is gone.
    "replaced": (replace_source, "has changed since|was removed during the run"),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_a_source_that_changes_during_a_run_gives_no_result(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], change: Any, message: str
) -> None:
    source = save_zarr(tmp_path / "image.zarr", image)
    spare = tmp_path / "spare"
    shutil.copytree(source, spare)
    out, table = tmp_path / "out.zarr", tmp_path / "out.csv"

    def progress(done: int, total: int) -> None:
        if done == 5 and not progress.changed:  # type: ignore[attr-defined]
            progress.changed = True  # type: ignore[attr-defined]
            change(source)

    progress.changed = False  # type: ignore[attr-defined]
    how: dict[str, Any] = {"model": segmenter, "block": 256, "workers": 1}
    with pytest.raises(ValueError, match=message) as raised:
        segment_large(source, out, table=table, progress=progress, **how)
    assert f"Finished blocks are in {out}.partial" in str(raised.value)
    assert not out.exists()
    assert not table.exists()
    # Blocks that were read after the change are not among the finished ones.
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(spare, source)
    result = segment_large(source, out, table=table, **how)
    assert 4 <= result.resumed <= 6
    other = segment_large(spare, tmp_path / "other.zarr", **how)
    np.testing.assert_array_equal(read(result), read(other))


def test_a_table_that_is_wanted_later_measures_finished_blocks(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    source = save_zarr(tmp_path / "image.zarr", image)
    out, table = tmp_path / "out.zarr", tmp_path / "out.csv"

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    how: dict[str, Any] = {"model": segmenter, "block": 256, "workers": 1}
    with pytest.raises(KeyboardInterrupt):
        segment_large(source, out, progress=stop, **how)
    with pytest.raises(KeyboardInterrupt):  # blocks without a table are continued
        segment_large(source, out, progress=stop, **how)
    result = segment_large(source, out, table=table, **how)
    assert result.resumed == 0
    assert len(table.read_text().splitlines()) == result.nuclei + 1
    other = segment_large(source, tmp_path / "other.zarr", **how)
    np.testing.assert_array_equal(read(result), read(other))


def change_unseen(file: Path) -> None:
    """Change a byte in the middle of a file; its size and times stay."""
    before, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("kind", ["zarr", "tiff", "compressed tiff"])
def test_a_change_that_size_and_time_hide_gives_no_result(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], kind: str
) -> None:
    source, out = tmp_path / "image.tif", tmp_path / "out.zarr"
    tiles: dict[str, Any] = {"compression": "zlib", "tile": (64, 64)}
    if kind == "zarr":
        source = save_zarr(tmp_path / "image.zarr", image)
    else:
        tifffile.imwrite(source, image, **(tiles if "compressed" in kind else {}))

    def progress(done: int, total: int) -> None:
        if done == total - 2:
            change_unseen(source / "c" / "1" / "1" if kind == "zarr" else source)

    run = partial(segment_large, source, out, model=segmenter, block=256, workers=1)
    with pytest.raises(ValueError, match="not seen until the end") as raised:
        run(progress=progress)
    assert "blocks may mix the old and the new image" in str(raised.value)
    assert not out.exists()
    assert not Path(f"{out}.partial").exists()
    if kind == "tiff":  # a changed byte damages the others
        assert run().resumed == 0


def test_a_run_of_an_image_that_changed_unseen_is_not_continued(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    source, out = tmp_path / "image.tif", tmp_path / "out.zarr"
    tifffile.imwrite(source, image)
    begin(source, out, segmenter, 3)
    change_unseen(source)
    with pytest.raises(ValueError, match="is from a run with another image"):
        segment_large(source, out, model=segmenter, block=256)


def begin(image: Any, out: Path, segmenter: Segmenter, blocks: int) -> None:
    with pytest.raises(Killed):
        segment_large(
            *(image, out),
            model=segmenter,
            block=256,
            progress=stop_after(blocks),
            workers=1,
        )


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(100, len(content), 300):
        content[place] ^= 255
    path.write_bytes(content)


def other_shape(path: Path) -> None:
    other = path.with_name("2-0-0.npz")
    path.write_bytes(other.read_bytes() if other.exists() else b"PK")


@pytest.mark.parametrize("damage", [empty, cut_short, flip, other_shape, Path.unlink])
def test_a_block_file_that_is_damaged_is_not_done(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], damage: Any
) -> None:
    out = tmp_path / "out"
    begin(image, out, segmenter, 5)
    damage(tmp_path / "out.partial" / "0-0-256.npz")
    result = segment_large(image, out, model=segmenter, block=256)
    assert result.resumed == 4
    other = segment_large(image, tmp_path / "other", model=segmenter, block=256)
    np.testing.assert_array_equal(read(result), read(other))


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", '{"settings": {}}', "[" * 5000, '{"scale": "0/0"}']
)
def test_a_run_whose_settings_are_damaged_begins_anew(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], content: str
) -> None:
    out = tmp_path / "out"
    begin(image, out, segmenter, 5)
    (tmp_path / "out.partial" / "run.json").write_text(content)
    result = segment_large(image, out, model=segmenter, block=256)
    assert (result.resumed, result.missing_blocks) == (0, 0)
    assert result.nuclei > 100


@pytest.mark.parametrize("damage", [Path.unlink, empty, cut_short])
def test_blocks_that_vanish_before_they_are_merged_are_segmented_again(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any], damage: Any
) -> None:
    partial = tmp_path / "out.partial"
    table = tmp_path / "out.csv"

    def progress(done: int, total: int) -> None:
        if done == total and not (partial / "done").exists():
            (partial / "done").touch()
            for name in ("0-0-256.npz", "0-256-0.npz"):
                damage(partial / name)

    how: dict[str, Any] = {"model": segmenter, "block": 256}
    result = segment_large(
        image, tmp_path / "out", progress=progress, table=table, **how
    )
    other = segment_large(image, tmp_path / "other", **how)
    assert (result.nuclei, result.missing_blocks) == (other.nuclei, 0)
    np.testing.assert_array_equal(read(result), read(other))
    assert len(table.read_text().splitlines()) == other.nuclei + 1
    assert not partial.exists()


def test_a_folder_of_blocks_that_is_removed_ends_the_run(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    partial = tmp_path / "out.partial"

    def progress(done: int, total: int) -> None:
        if done == 5 and partial.exists():
            partial.rename(tmp_path / "moved")

    with pytest.raises(RuntimeError, match=r"out\.partial, the folder of the unf"):
        segment_large(
            *(image, tmp_path / "out"), model=segmenter, block=256, progress=progress
        )
    assert os.listdir(tmp_path) == ["moved"]


def test_a_second_run_to_one_destination_is_refused_and_harms_nothing(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    how: dict[str, Any] = {"model": segmenter, "block": 256}
    refused: list[str] = []

    def progress(done: int, total: int) -> None:
        if done in (0, 5, total):
            with pytest.raises(RuntimeError) as raised:
                segment_large(image, tmp_path / "out", **how)
            refused.append(str(raised.value))

    result = segment_large(image, tmp_path / "out", progress=progress, **how)
    assert len(refused) >= 3
    assert {
        f"is being written by process {os.getpid()}" in text for text in refused
    } == {True}
    other = segment_large(image, tmp_path / "other", **how)
    np.testing.assert_array_equal(read(result), read(other))
    assert sorted(os.listdir(tmp_path)) == ["other", "out"]


def test_the_earlier_result_stays_until_the_new_one_is_complete(
    tmp_path: Path,
    segmenter: Segmenter,
    image: NDArray[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    how: dict[str, Any] = {"model": segmenter, "block": 256, "config": NATIVE}
    how["table"] = tmp_path / "out.csv"
    first = segment_large(Broken(image, 99), tmp_path / "out", **how)
    labels, rows = read(first), how["table"].read_text()

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("napari_nuclei.scale.merge_blocks.sync_tree", full)
        with pytest.raises(OSError, match="No space left"):
            segment_large(Broken(image, 0), tmp_path / "out", **how)
    np.testing.assert_array_equal(read(first), labels)
    assert how["table"].read_text() == rows
    again = segment_large(Broken(image, 0), tmp_path / "out", **how)
    assert again.nuclei > first.nuclei
    assert sorted(os.listdir(tmp_path)) == ["out", "out.csv"]


def test_what_a_killed_run_left_of_its_folder_is_removed(
    tmp_path: Path, segmenter: Segmenter
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / ".out.partial-0123456789ab").mkdir()
    (tmp_path / ".out.partial-mine").mkdir()
    with pytest.raises(FileExistsError):
        segment_large(np.zeros((80, 80)), tmp_path / "out", model=segmenter)
    assert sorted(os.listdir(tmp_path)) == [".out.partial-mine", "out"]


def test_another_array_does_not_continue_a_run(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    begin(image, tmp_path / "out", segmenter, 5)
    with pytest.raises(ValueError, match="is from a run with another image"):
        segment_large(image[::-1], tmp_path / "out", model=segmenter, block=256)


def damage_chunk(source: Path) -> None:
    (source / "c" / "1" / "2").write_bytes(b"no zstd")


def test_a_damaged_chunk_fails_its_blocks_only(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[Any]
) -> None:
    whole = segment_large(
        *(image, tmp_path / "whole"), model=segmenter, block=256, config=NATIVE
    )
    source = save_zarr(tmp_path / "image.zarr", image)
    damage_chunk(source)
    result = segment_large(
        *(source, tmp_path / "out"), model=segmenter, block=256, config=NATIVE
    )
    assert "rows 256 to 512, columns 512 to 768" in " ".join(map(str, result.failed))
    assert 1 <= len(result.failed) < 12
    assert result.notes[0].startswith("Part of the image cannot be read")
    found, expected = read(result), read(whole)
    failed = np.zeros(image.shape, bool)
    for failure in result.failed:
        failed[failure.block.window.index] = True
    assert not found[failed].any()
    inside = ~cv2.dilate(failed.astype(np.uint8), np.ones((41, 41))).astype(bool)
    inside[256:512, 512:768] = False
    # The median of the rest stands for the damaged chunk, so contrast is nearly equal.
    agree = (found[inside] > 0) == (expected[inside] > 0)
    assert agree.mean() > 0.99


def test_images_of_too_many_blocks_or_too_large_chunks_are_refused(
    tmp_path: Path, segmenter: Segmenter
) -> None:
    huge = tmp_path / "huge.zarr"
    zarr.create_array(huge, shape=(10**9, 10**9), chunks=(512, 512), dtype="u1")
    with pytest.raises(ValueError, match=r"has 953,675,\d+,\d+ blocks of 1024 pixels"):
        segment_large(huge, tmp_path / "out", model=segmenter)
    coarse = tmp_path / "coarse.zarr"
    zarr.create_array(coarse, shape=(300, 300), chunks=(300, 300), dtype="u1")
    with pytest.raises(ValueError, match="in chunks of 90,000 pixels, more than"):
        segment_large(coarse, tmp_path / "out", model=segmenter, max_pixels=80_000)
    assert not (tmp_path / "out").exists()
