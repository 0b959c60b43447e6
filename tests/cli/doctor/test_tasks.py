from __future__ import annotations

import re
import tomllib
from pathlib import Path

from napari_nuclei.cli.doctor.tasks import TASKS, describe_tasks

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def test_every_command_names_an_extra_of_the_package() -> None:
    extras = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    for task in TASKS:
        (name,) = re.findall(r"napari-nuclei\[(\w+)\]", task.command)
        assert name in extras


def test_every_task_has_one_line() -> None:
    names = [line.partition(":")[0] for line in describe_tasks()]
    assert names == ["training", *(task.name for task in TASKS)]
