from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from napari_nuclei.io.locks import PathLockedError, lock_path

HOLD = """
import sys, time
from pathlib import Path
from napari_nuclei.io.locks import lock_path
with lock_path(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_path_is_locked_once_and_freed(tmp_path: Path) -> None:
    path = tmp_path / "out.zarr"
    for _ in range(2):
        with lock_path(path):
            assert json.loads((tmp_path / "out.zarr.lock").read_text()) == {
                "host": socket.gethostname(),
                "pid": os.getpid(),
            }
            with (
                pytest.raises(PathLockedError, match=f"process {os.getpid()} on"),
                lock_path(path),
            ):
                pass
        assert os.listdir(tmp_path) == []


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "out.zarr"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with (
            pytest.raises(PathLockedError, match=f"written by process {process.pid}"),
            lock_path(path),
        ):
            pass
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    assert (tmp_path / "out.zarr.lock").exists()
    with lock_path(path):
        pass
    assert os.listdir(tmp_path) == []


def test_the_lock_of_another_host_says_how_to_remove_it(tmp_path: Path) -> None:
    path, lock = tmp_path / "out.zarr", tmp_path / "out.zarr.lock"
    lock.write_text('{"host": "node17", "pid": 4}')
    with (
        pytest.raises(PathLockedError, match="process 4 on node17") as raised,
        lock_path(path),
    ):
        pass
    assert str(raised.value).endswith(f"remove {lock}")
    assert lock.exists()
    old = time.time() - 100
    os.utime(lock, (old, old))
    with lock_path(path, max_age=60):
        pass


@pytest.mark.parametrize("content", ["", "{", "[" * 4000, '{"host": 1}', "7"])
def test_a_lock_that_names_no_process_is_taken_over(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "out.zarr.lock").write_text(content)
    with lock_path(tmp_path / "out.zarr"):
        pass


def test_a_process_waits_for_a_lock(tmp_path: Path) -> None:
    with lock_path(tmp_path / "a"):
        start = time.monotonic()
        with (
            pytest.raises(PathLockedError),
            lock_path(tmp_path / "a", wait_seconds=0.2),
        ):
            pass
        assert time.monotonic() - start >= 0.2


def test_a_folder_that_is_removed_does_not_matter_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with lock_path(folder / "a"):
        (folder / "a.lock").unlink()
        folder.rmdir()
    assert os.listdir(tmp_path) == []
