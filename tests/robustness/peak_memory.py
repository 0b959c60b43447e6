"""Peak memory of a process, for scripts that a test starts."""

from __future__ import annotations

import re
import resource
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_memory() -> int:
    """Return the largest memory of this process, in bytes.

    On Linux `getrusage` also counts what its parent held when it started the process,
    so the kernel's status of the process is read there.
    """
    if STATUS.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text())
        if found is not None:
            return int(found[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
