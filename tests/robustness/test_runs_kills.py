"""Runs that are killed at any moment lose nothing and leave nothing torn."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zarr

from napari_nuclei.io.csv_cells import decode_csv
from napari_nuclei.io.readers import read_image
from napari_nuclei.scale.records.manifest import read_manifest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill")

WORKER = Path(__file__).with_name("kill_worker.py")
REFUSED, COMPLETE = 3 << 8, 4 << 8
"""Status of a run while another one writes, and after another one has finished."""

FILES = 8


def draw(shape: tuple[int, int], seed: int) -> Any:
    rng = np.random.default_rng(seed)
    image = np.full(shape, 100, np.uint16)
    for _ in range(shape[0] * shape[1] // 500):
        centre = int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0]))
        cv2.circle(image, centre, int(rng.integers(3, 8)), 3500, cv2.FILLED)
    return image


@pytest.fixture(params=["folder", "large"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def worker(kill_process: Any, kind: str, tmp_path: Path) -> Iterator[Any]:
    """Return a worker whose source is a folder of images, or one zarr."""
    source = tmp_path / "source"
    if kind == "folder":
        source.mkdir()
        for number in range(FILES):
            cv2.imwrite(str(source / f"{number}.png"), draw((70, 90), number))
    else:
        array = zarr.create_array(source, shape=(300, 340), chunks=(64, 64), dtype="u2")
        array[:] = draw((300, 340), 0)
    worker = kill_process(WORKER, kind, source, tmp_path / "log.txt")
    yield worker
    worker.close()


def content(out: Path) -> dict[str, Any]:
    """Return the results in a folder by name; raise an error if one is torn."""
    found: dict[str, Any] = {}
    for path in out.glob("[!.]*"):
        if path.suffix == ".tif":
            found[path.name] = read_image(path).pixels.tobytes()
        elif path.name == "out.zarr":
            found[path.name] = zarr.open_array(path / "0", mode="r")[:].tobytes()
        elif path.suffix == ".csv" and path.name != "results.csv":
            table = decode_csv(path.read_text(), path.name)
            found[path.name] = sorted(map(tuple, table.to_numpy().tolist()))
    return found


def done(out: Path) -> set[str]:
    """Return what a later run need not do again."""
    rows = read_manifest(out).values() if out.exists() else ()
    files = {row.file for row in rows if row.status == "done"}
    return files | {path.name for path in (out / "out.zarr.partial").glob("*.npz")}


def finish(worker: Any, out: Path) -> float:
    """Run until the end without a kill; return the seconds."""
    start = time.monotonic()
    status = worker.wait(worker.start(out))
    assert status == 0, worker.log.read_text()
    return time.monotonic() - start


def leftovers(out: Path) -> list[str]:
    """Return the names of folders and locks that a finished run must not leave."""
    wanted = (".partial", ".lock")
    names = [path.name for path in out.iterdir()]
    return [n for n in names if n.endswith(wanted) and not n.startswith(".")]


def kill_runs(
    worker: Any, tmp_path: Path, kills: int, processes: int, seed: int
) -> dict[str, int]:
    """Kill runs at random moments, and compare their results with undisturbed ones."""
    rng = np.random.default_rng(seed)
    reference = tmp_path / "reference"
    finish(worker, reference)
    duration = finish(worker, tmp_path / "again")
    expected = content(reference)
    assert len(expected) == (2 * FILES if worker_kind(expected) == "folder" else 2)
    counts = {"kills": 0, "rounds": 0, "refused": 0}
    while counts["kills"] < kills:
        out = tmp_path / f"out{counts['rounds']}"
        counts["rounds"] += 1
        before: set[str] = set()
        for _ in range(20):
            running = [worker.start(out) for _ in range(processes)]
            time.sleep(rng.uniform(0, 1.1 * duration / 2))
            complete = False
            for process in running:
                if rng.random() < 0.8:
                    os.kill(process, signal.SIGKILL)
                status = worker.wait(process)
                ends = (0, REFUSED, COMPLETE, signal.SIGKILL)
                assert status in ends, worker.log.read_text()
                counts["kills"] += status == signal.SIGKILL
                counts["refused"] += status == REFUSED
                complete |= status in (0, COMPLETE)
            found = content(out) if out.exists() else {}
            torn = [name for name in found if found[name] != expected[name]]
            assert not torn, f"{torn} in {out}"
            if complete:
                assert found == expected
                break
            now = done(out)
            assert before <= now or found == expected, sorted(before - now)
            before = now
        else:
            finish(worker, out)
        assert content(out) == expected
        # A process that was killed last may leave its lock; the next run removes it.
        assert worker.wait(worker.start(out)) in (0, COMPLETE)
        assert content(out) == expected
        assert not leftovers(out)
        if worker_kind(expected) == "folder":
            assert len(read_manifest(out)) == FILES
            assert done(out) == done(reference)
        shutil.rmtree(out)
    return counts


def worker_kind(results: dict[str, Any]) -> str:
    return "large" if "out.zarr" in results else "folder"


def test_killed_runs_lose_nothing(worker: Any, tmp_path: Path) -> None:
    counts = kill_runs(worker, tmp_path, kills=4, processes=2, seed=2)
    assert counts["kills"] >= 4


@pytest.mark.robustness
@pytest.mark.parametrize("processes", [1, 2])
def test_runs_killed_a_hundred_times_lose_nothing(
    worker: Any, tmp_path: Path, processes: int, kind: str
) -> None:
    counts = kill_runs(worker, tmp_path, kills=100, processes=processes, seed=17)
    print(f"\n{kind}, {processes} at once: {counts}")
    assert counts["kills"] >= 100
