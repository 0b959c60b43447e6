from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from napari_nuclei.model import child_task
from napari_nuclei.model.child_task import ChildTaskError, run_in_child_process

CRASHES: dict[str, tuple[str, str]] = {
    "a crash": (
        "import ctypes; ctypes.string_at(0)",
        r"it crashed \(SIGSEGV\) when it was tried in a child process",
    ),
    "an abort": ("import os; os.abort()", r"crashed \(SIGABRT\)"),
    "an exit": ("import os; os._exit(3)", r"crashed \(exit code 3\)"),
    "an error": ("raise KeyError('x')", "^'x'$"),
    "memory": ("x = bytearray(3 << 30)", "needs too much memory"),
    "a hang": ("import time; time.sleep(60)", "took over 2 s to open"),
    "a long calculation": ("while True: pass", "took over 2 s to open"),
}


def run(code: str, monkeypatch: pytest.MonkeyPatch, **limits: Any) -> dict[str, Any]:
    """Run code as a task of a child process."""
    program = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
        "from napari_nuclei.model import child_task_main as main\n"
        "def task(code): exec(code); return {'done': True}\n"
        "main.TASKS['code'] = task; main.main()"
    )
    monkeypatch.setattr(child_task, "PROGRAM", program)
    return run_in_child_process("code", {"code": code}, **{"timeout": 20, **limits})


@pytest.mark.skipif(sys.platform != "linux", reason="Windows has no such signals")
@pytest.mark.parametrize(("code", "message"), CRASHES.values(), ids=CRASHES)
def test_whatever_happens_in_the_child_process_is_one_error(
    code: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.monotonic()
    timeout = 2 if "2 s" in message else 60
    with pytest.raises(ChildTaskError, match=message) as error:
        run(code, monkeypatch, timeout=timeout)
    assert "\n" not in str(error.value)
    assert time.monotonic() - started < 30


def test_the_result_of_a_task_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    output = "print('hello'); import os; os.write(1, b'hello')"
    assert run(output, monkeypatch, timeout=60) == {"done": True}


def test_a_child_process_that_does_not_start_is_no_damaged_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child_task, "PROGRAM", "raise SystemExit(1)")
    with pytest.raises(RuntimeError, match="could not start a child process"):
        run_in_child_process("try_network", {}, timeout=20)


def test_no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    popen = subprocess.Popen

    def noted(*args: Any, **options: Any) -> Any:
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with pytest.raises(ChildTaskError):
        run("import time; time.sleep(60)", monkeypatch, timeout=1)
    assert [process.poll() is None for process in started] == [False]
