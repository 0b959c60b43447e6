from __future__ import annotations

import json
import subprocess
import sys

import pytest

from napari_nuclei.model.child_task_main import TASKS


@pytest.mark.parametrize("task", TASKS)
def test_every_task_answers_with_one_line(task: str) -> None:
    request = {"task": task, "arguments": {}, "memory": 1 << 31, "seconds": 60}
    code = "from napari_nuclei.model.child_task_main import main; main()"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(request).encode(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    started, line = answer.splitlines()
    assert started == "started"
    assert f"{task}() missing" in json.loads(line)["error"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems lack some limits")
def test_memory_and_crash_files_are_limited() -> None:
    code = (
        "import resource; from napari_nuclei.model import child_task_main as main; "
        "main.limit_resources(1 << 30, 5); "
        "print(resource.getrlimit(resource.RLIMIT_DATA)[0], "
        "resource.getrlimit(resource.RLIMIT_CORE)[0])"
    )
    output = subprocess.check_output([sys.executable, "-c", code]).split()
    assert output == [b"1073741824", b"0"]
