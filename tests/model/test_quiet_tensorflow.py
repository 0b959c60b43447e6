from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import napari_nuclei
napari_nuclei.train
from napari_nuclei.model.quiet_tensorflow import find_devices
find_devices()
image, truth = napari_nuclei.synthetic_nuclei((64, 64), seed=0)
napari_nuclei.load_segmenter("nuclei-fast").segment(image)
print("done")
"""


@pytest.mark.slow
def test_neither_tensorflow_nor_litert_greets() -> None:
    # In a new process, since they greet once a process.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CODE],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "done\n"
    assert done.stderr == ""
