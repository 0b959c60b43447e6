"""Planes are read, normalised, predicted and labelled in one loop only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import napari_nuclei

SOURCE = Path(napari_nuclei.__file__).parent
ROAD = {"core/segmenter.py", "core/plane_segmenter.py", "core/trial_segmenter.py"}

RUNS_THE_NETWORK = {"predict_plane", "predict_window", "predict_tiles"}
LABELS_MAPS = {"label", "label_maps"}

EXCEPTIONS = {
    (
        "widgets/train/uncertain_regions.py",
        "predict_plane",
    ): "compares views, makes no labels",
    ("evaluation/noise_confidence.py", "predict_plane"): "confidence in noise",
    ("training/package_model.py", "predict_plane"): "maps to choose thresholds by",
    ("evaluation/noise_confidence.py", "label"): "confidence in noise",
    ("evaluation/confidence_fit.py", "label"): "nuclei to calibrate on, from maps",
    ("evaluation/model_thresholds.py", "label"): "tries thresholds on maps",
    ("widgets/segment/in_memory.py", "label"): "new thresholds on the maps of a run",
}

ROADS = {
    "Python": "core/segmenter.py",
    "a run in the dock": "widgets/segment/in_memory.py",
    "the live view": "widgets/segment/live/live_inference.py",
    "blocks of a large image": "scale/block_task.py",
    "clicks on labels without maps": "widgets/correct/maps/crop_network.py",
}


def calls(path: Path) -> set[tuple[str, str]]:
    """Return (object, name) of what a module calls; the object of a function is ''."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.add((ast.unparse(node.func.value), node.func.attr))
            elif isinstance(node.func, ast.Name):
                found.add(("", node.func.id))
    return found


def is_of_a_segmenter(owner: str, name: str) -> bool:
    """Distinguish methods of a segmenter from those of Keras models, SciPy etc."""
    if name == "label_maps":
        return True
    return owner.split(".")[-1] in ("segmenter", "trial", "self") or (
        owner.startswith("Segmenter(")
    )


def test_only_the_segmenter_predicts_and_labels() -> None:
    elsewhere = {
        (path.relative_to(SOURCE).as_posix(), name)
        for path in SOURCE.rglob("*.py")
        for owner, name in calls(path)
        if name in RUNS_THE_NETWORK | LABELS_MAPS and is_of_a_segmenter(owner, name)
    }
    elsewhere = {(path, name) for path, name in elsewhere if path not in ROAD}
    assert elsewhere == set(EXCEPTIONS)


@pytest.mark.parametrize("path", ROADS.values(), ids=ROADS)
def test_every_interface_uses_planes(path: str) -> None:
    assert "planes" in {name for _, name in calls(SOURCE / path)}


def test_nothing_else_loops_over_planes() -> None:
    callers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if any(
            name == "planes" and is_of_a_segmenter(owner, name)
            for owner, name in calls(path)
        )
    }
    assert callers == set(ROADS.values())
