"""Open model files from outside in a child process, with limits.

LiteRT, HDF5 and TensorFlow are C++ programs. A damaged file can crash them or make them
request all memory. In a child process that costs an error message, not the program and
its unsaved work.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from napari_nuclei.model.child_task_main import main; main()"
)

MEMORY_LIMIT = 2 << 30
"""Memory that a child process may request, in bytes, on systems with such a limit."""


class ChildTaskError(ValueError):
    """Raised if a child process refuses a file; the message does not name the file."""


def run_in_child_process(
    task: str, arguments: dict[str, Any], *, timeout: float, memory: int = MEMORY_LIMIT
) -> dict[str, Any]:
    """Run a task of `child_task_main.TASKS` in a child process; return its result.

    Parameters
    ----------
    task : str
        Name of the task.
    arguments : dict
        Keyword arguments of the task, as in a JSON file.
    timeout : float
        Seconds until the child process is killed.
    memory : int
        Memory that the child process may request, in bytes. Windows and macOS have no
        such limit.

    Raises
    ------
    ChildTaskError
        If the task raises, crashes or takes too long. The message continues a sentence
        that begins with the name of the file.
    RuntimeError
        If the child process cannot be started.
    """
    request = {
        "task": task,
        "arguments": arguments,
        "memory": memory,
        "seconds": timeout,
    }
    # The child process imports the same package, but nothing from the current folder.
    paths = json.dumps([path for path in sys.path if path])
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, paths],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        output, _ = process.communicate(json.dumps(request).encode(), timeout)
    except subprocess.TimeoutExpired:
        raise ChildTaskError(
            f"took over {timeout:.0f} s to open and is not used. It is damaged, or too "
            "large for this computer"
        ) from None
    finally:
        process.kill()  # no effect on a process that has ended
        process.communicate()
    lines = output.decode(errors="replace").splitlines()
    if not lines or lines[0] != "started":
        raise RuntimeError(
            "Python could not start a child process to check the model (exit code "
            f"{process.returncode}); install napari-nuclei again"
        )
    if len(lines) < 2:
        raise ChildTaskError(
            f"is damaged or too large: it {describe_exit(process.returncode)} when it "
            "was tried in a child process. Get the file again, or use another model"
        )
    answer: dict[str, Any] = json.loads(lines[1])
    if "error" in answer:
        raise ChildTaskError(answer["error"])
    result: dict[str, Any] = answer["result"]
    return result


def describe_exit(code: int) -> str:
    """Return how a process crashed.

    Examples
    --------
    >>> describe_exit(-11), describe_exit(3)
    ('crashed (SIGSEGV)', 'crashed (exit code 3)')
    """
    if code < 0:
        try:
            return f"crashed ({signal.Signals(-code).name})"
        except ValueError:
            return f"crashed (signal {-code})"
    return f"crashed (exit code {code})"
