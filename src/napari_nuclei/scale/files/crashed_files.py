"""Remember the images during which a run was killed, and isolate them.

A damaged image can crash the library that decodes it, and with it the whole run. So a
run notes each image that it begins. After a crash, the next run segments the images
that were begun but not finished in a process of their own, one by one. If such a
process crashes too, the image has failed, and the run goes on.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.child_task import describe_exit
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.scale.files.file_task import FileTask, make_failed_result
from napari_nuclei.scale.inputs import FileToSegment

STARTED_NAME = "results.started"
"""File in the folder of the results with the images that a run has begun, one a line.
It is removed at the end of the run, unless an image crashed its process."""

CRASHED = "The process that segmented this image"
"""Beginning of the reason of an image that crashed its process."""

POLL_SECONDS = 0.2

PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from napari_nuclei.scale.files.crashed_files import run_child; run_child()"
)
BEGUN = b"begun\n"


class StartedFiles:
    """The images that a run has begun, in a file of each folder of results.

    Parameters
    ----------
    folders : iterable of Path
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._lock = threading.Lock()
        self.folders = tuple(folders)
        self.crashed: list[FileToSegment] = []

    def read(self) -> set[tuple[Path, str]]:
        """Return the folder and path of each image that an earlier run has begun."""
        started = set()
        for folder in self.folders:
            try:
                lines = (folder / STARTED_NAME).read_bytes().splitlines()
            except OSError:
                continue
            for line in lines:
                try:
                    started.add((folder, str(json.loads(line))))
                except ValueError:  # a killed run cut it short
                    continue
        return started

    def note(self, item: FileToSegment) -> None:
        """Note that an image is begun; a folder that cannot be written is left out."""
        path = item.folder / STARTED_NAME
        with self._lock, suppress(OSError), path.open("ab") as file:
            file.write(json.dumps(str(item.path)).encode() + b"\n")

    def finish(self) -> None:
        """Leave only the images that crashed their process."""
        for folder in self.folders:
            names = [str(item.path) for item in self.crashed if item.folder == folder]
            path = folder / STARTED_NAME
            if names:
                lines = "".join(json.dumps(name) + "\n" for name in names)
                write_atomic(path, lines.encode())
            else:
                path.unlink(missing_ok=True)


@contextmanager
def note_started(folders: Iterable[Path]) -> Iterator[StartedFiles]:
    """Note the images that a run begins, until it ends other than by a crash."""
    started = StartedFiles(folders)
    try:
        yield started
    finally:
        started.finish()


def segment_in_child_process(
    task: FileTask, item: FileToSegment, poll: Callable[[], object]
) -> FileResult | None:
    """Segment an image in a process of its own.

    Parameters
    ----------
    task : FileTask
    item : FileToSegment
    poll : callable
        Called several times a second; raise an error in it to cancel.

    Returns
    -------
    FileResult, optional
        None if the task cannot be sent to another process, such as a network that is
        defined in a script.
    """
    try:
        request = pickle.dumps((task, item))
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    # The child process imports the same package, but nothing from the current folder.
    paths = json.dumps([path for path in sys.path if path])
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, paths],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    remaining: bytes | None = request
    try:
        while True:
            try:
                output, _ = process.communicate(remaining, POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                remaining = None  # it is sent once
                poll()
    finally:
        process.kill()  # no effect on a process that has ended
        process.communicate()
    if not output.startswith(BEGUN):
        return None
    answer = output.removeprefix(BEGUN)
    if process.returncode or not answer:
        reason = (
            f"{CRASHED} {describe_exit(process.returncode)}. The image is damaged, or "
            "memory was short"
        )
        return make_failed_result(item, reason)
    result: FileResult = pickle.loads(answer)
    return result


def run_child() -> None:
    """Segment the image of a request on standard input; write the result."""
    # Libraries print to standard output too: redirect that to standard error.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    task, item = pickle.load(sys.stdin.buffer)
    channel.write(BEGUN)
    channel.flush()
    channel.write(pickle.dumps(task(item)))
    channel.flush()
    os._exit(0)  # after a damaged file, cleaning up may crash
