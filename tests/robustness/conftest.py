"""Scripts that start operations, which a test kills, and say how they ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


class KillProcess:
    """A script that starts operations in processes of their own.

    Parameters
    ----------
    script : Path
        Answers each line "run ..." with the number of a process, and each line
        "wait NUMBER" with the status of that process once it has ended.
    kind : str
        Kind of the operations.
    source : Path
        What they work on.
    log : Path
        Standard error of the script.
    """

    def __init__(self, script: Path, kind: str, source: Path, log: Path) -> None:
        self.log = log
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(script), kind, str(source)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def _ask(self, line: str) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self.log.read_text()[-3000:]
        return int(answer)

    def start(self, *words: object) -> int:
        """Start an operation; return the number of its process."""
        return self._ask(" ".join(["run", *map(str, words)]))

    def wait(self, process: int) -> int:
        """Wait for an operation to end; return its status."""
        return self._ask(f"wait {process}")

    def close(self) -> None:
        """End the script."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


@pytest.fixture
def kill_process() -> type[KillProcess]:
    """Return the class of scripts whose operations are killed."""
    return KillProcess
