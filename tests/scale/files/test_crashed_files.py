from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.files.crashed_files import (
    CRASHED,
    STARTED_NAME,
    StartedFiles,
    note_started,
    segment_in_child_process,
)
from napari_nuclei.scale.files.file_task import FileTask
from napari_nuclei.scale.inputs import FileToSegment

CRASHING = """
import os
import signal
import sys

import numpy as np

from napari_nuclei import SegmentConfig, Segmenter, segment_files
from napari_nuclei.core.card import ModelCard


def network(tiles):
    if tiles.mean() > 0.5:  # the damaged image is bright
        os.kill(os.getpid(), signal.SIGKILL)
    inside = (tiles.mean(axis=-1, keepdims=True) > 0.5).astype(np.float32)
    return np.concatenate([inside, inside], axis=-1)


SEGMENTER = Segmenter(network, ModelCard("crashing", diameter=16, min_size=12))


def run(folder):
    return segment_files(
        folder,
        os.path.join(folder, "out"),
        model=SEGMENTER,
        config=SegmentConfig(diameter="native", tile=64, overlap=16),
        workers=1,
    )
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_an_image_that_kills_the_run_has_its_row_and_the_next_run_goes_on(
    tmp_path: Path, image: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crashing.py").write_text(CRASHING)
    monkeypatch.syspath_prepend(tmp_path)
    plate = tmp_path / "plate"
    plate.mkdir()
    for name in ("a", "c"):
        cv2.imwrite(str(plate / f"{name}.png"), image)
    cv2.imwrite(str(plate / "b.png"), 255 - image)
    first = subprocess.run(
        [sys.executable, "-c", f"import crashing; crashing.run({str(plate)!r})"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        check=False,
    )
    assert first.returncode < 0
    import crashing

    results = crashing.run(str(plate))
    found = [(result.path.name, result.nuclei) for result in results]
    assert found == [("a.png", 3), ("b.png", 0), ("c.png", 3)]
    assert [bool(result.reason) for result in results] == [False, True, False]
    assert results[1].reason.startswith(f"{CRASHED} crashed (SIGKILL)")
    assert "b.png" in (plate / "out" / STARTED_NAME).read_text()
    cv2.imwrite(str(plate / "b.png"), image)
    assert not any(result.reason for result in crashing.run(str(plate)))
    assert not (plate / "out" / STARTED_NAME).exists()


def test_a_task_that_no_other_process_can_have_is_not_sent(tmp_path: Path) -> None:
    segmenter = Segmenter(lambda tiles: tiles, None)  # type: ignore[arg-type]
    task = FileTask(segmenter)
    item = FileToSegment(tmp_path / "a.png", tmp_path, "a")
    assert segment_in_child_process(task, item, lambda: None) is None


def test_begun_images_are_noted_until_the_run_ends(tmp_path: Path) -> None:
    item = FileToSegment(tmp_path / "ä\n.png", tmp_path, "a")
    with pytest.raises(ValueError, match="an error is no crash"):
        with note_started([tmp_path]) as started:
            started.note(item)
            assert started.read() == {(tmp_path, str(item.path))}
            raise ValueError("an error is no crash")
    assert not any(tmp_path.iterdir())
    with note_started([tmp_path]) as started:
        started.crashed.append(item)
    with (tmp_path / STARTED_NAME).open("ab") as file:
        file.write(b'"cut short')
    assert StartedFiles([tmp_path]).read() == {(tmp_path, str(item.path))}
