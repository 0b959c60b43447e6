"""Damaged files end in one line: no crash, no hang, no exhausted memory."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs getrusage")

WORKER = Path(__file__).with_name("fuzz_worker.py")
KINDS = ["tiff", "zarr", "manifest"]

MAX_MEGABYTES = 2048
MAX_SECONDS = 120
"""Time for the imports, or for a case that waits. One that computes ends earlier."""

CASES_PER_PROCESS = 500


def read_lines(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line.strip())
    lines.put(None)


def fuzz(kind: str, first: int, count: int, folder: Path) -> tuple[list[str], float]:
    """Run cases in a process; return the faults, and the peak memory in MB."""
    folder.mkdir()
    command = [sys.executable, str(WORKER), kind, str(first), str(count), str(folder)]
    faults: list[str] = []
    peak, number = 0.0, ""
    with (folder / "errors.txt").open("w+") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout is not None
        lines: queue.Queue[str | None] = queue.Queue()
        thread = threading.Thread(target=read_lines, args=(process.stdout, lines))
        thread.start()
        while True:
            try:
                line = lines.get(timeout=MAX_SECONDS)
            except queue.Empty:
                faults.append(f"{kind} {number}: no end after {MAX_SECONDS} s")
                process.kill()
                number = "killed"
                continue
            if line is None:
                break
            if line.startswith("PEAK"):
                peak = float(line.split()[1])
            elif line.startswith("FAULT"):
                faults.append(f"{kind} {number}: {line}")
            else:
                number = line
        thread.join()
        process.stdout.close()
        if process.wait(60) and number != "killed":
            errors.seek(0)
            text = errors.read()[-500:]
            faults.append(f"{kind} {number}: exit code {process.returncode}: {text}")
    return faults, peak


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_described(kind: str, tmp_path: Path) -> None:
    faults, peak = fuzz(kind, 0, 40, tmp_path / "cases")
    assert not faults
    assert 0 < peak < MAX_MEGABYTES


@pytest.mark.robustness
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_damaged_files_are_described(kind: str, tmp_path: Path) -> None:
    all_faults: list[str] = []
    peaks = []
    for first in range(0, 10_000, CASES_PER_PROCESS):
        faults, peak = fuzz(kind, first, CASES_PER_PROCESS, tmp_path / str(first))
        print("\n".join(faults), flush=True)
        all_faults += faults
        peaks.append(peak)
    print(f"\n{kind}: {len(all_faults)} faults, at most {max(peaks):.0f} MB")
    assert not all_faults
    assert max(peaks) < MAX_MEGABYTES
