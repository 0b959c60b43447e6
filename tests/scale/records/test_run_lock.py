from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from napari_nuclei.io.locks import PathLockedError
from napari_nuclei.scale.records import run_lock
from napari_nuclei.scale.records.run_lock import MAX_AGE, lock_folders

HOLD = """
import os, sys, signal
from pathlib import Path
from napari_nuclei.scale.records.run_lock import lock_folders
with lock_folders([Path(sys.argv[1])]):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_second_run_is_refused_in_one_line_and_frees_what_it_locked(
    tmp_path: Path,
) -> None:
    free, held = tmp_path / "a", tmp_path / "b"
    free.mkdir(), held.mkdir()
    with lock_folders([held]):
        with (
            pytest.raises(PathLockedError, match="is being written by") as error,
            lock_folders([free, held]),
        ):
            pass
        assert str(error.value).startswith(f"{held} is being")
        assert "\n" not in str(error.value)
        with lock_folders([free]):
            pass
    with lock_folders([free, held]):
        pass
    assert not [*tmp_path.glob("*/*")]


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_killed_run_does_not_block_the_next_one(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", HOLD, str(tmp_path)], check=False)
    assert [*tmp_path.glob("*.lock")]
    with lock_folders([tmp_path]):
        pass
    assert not [*tmp_path.glob("*.lock")]


def test_a_run_on_another_computer_counts_while_it_refreshes_its_lock(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "results.run.lock"
    lock.write_text(json.dumps({"host": "elsewhere", "pid": 1}))
    with pytest.raises(PathLockedError, match="elsewhere"), lock_folders([tmp_path]):
        pass
    long_ago = time.time() - MAX_AGE - 10
    os.utime(lock, (long_ago, long_ago))
    with lock_folders([tmp_path]):
        pass


def test_locks_are_refreshed_from_time_to_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lock_folders([tmp_path]) as refresh:
        (lock,) = tmp_path.glob("*.lock")
        os.utime(lock, (0, 0))
        refresh()
        assert lock.stat().st_mtime == 0  # too early
        monkeypatch.setattr(run_lock, "REFRESH_SECONDS", 0)
        refresh()
        assert time.time() - lock.stat().st_mtime < 60
        lock.unlink()
        refresh()  # somebody removed it
