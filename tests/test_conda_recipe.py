"""The recipe for conda-forge needs what pyproject.toml needs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]

CONDA_NAMES = {
    "flatbuffers": "python-flatbuffers",
    "matplotlib": "matplotlib-base",
    "opencv-python-headless": "py-opencv",
}
"""Packages that conda-forge names differently from PyPI."""

LEFT_OUT = {"tensorboard", "tensorflow"}
"""Packages that only training needs."""


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    text = (ROOT / ".conda" / "recipe.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    for name, value in content["context"].items():
        text = text.replace("${{ " + name + " }}", value)
    filled: dict[str, Any] = yaml.safe_load(text)
    return filled


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = content
    return found


def with_bounds(requirements: list[str]) -> dict[str, str]:
    """Return the bounds of requirements by the name of the package."""
    split = [re.match(r"([\w-]+)\s*([^;]*)", one) for one in requirements]
    return {one[1]: one[2].strip() for one in split if one}


def test_packages_and_bounds_are_those_of_the_project(recipe, project) -> None:
    needed = with_bounds(project["project"]["dependencies"])
    expected = {
        CONDA_NAMES.get(n, n): b for n, b in needed.items() if n not in LEFT_OUT
    }
    expected["python"] = project["project"]["requires-python"]
    assert with_bounds(recipe["requirements"]["run"]) == expected


def test_what_is_left_out_is_constrained(recipe, project) -> None:
    bound = with_bounds(project["project"]["dependencies"])["tensorflow"]
    constraints = with_bounds(recipe["requirements"]["run_constraints"])
    assert constraints["tensorflow"] == bound


def test_the_build_needs_what_the_project_builds_with(recipe, project) -> None:
    host = with_bounds(recipe["requirements"]["host"])
    for name, bound in with_bounds(project["build-system"]["requires"]).items():
        assert host[name] == bound


def test_command_and_summary_are_those_of_the_project(recipe, project) -> None:
    (entry,) = recipe["build"]["python"]["entry_points"]
    command, _, function = entry.partition(" = ")
    assert project["project"]["scripts"] == {command: function}
    assert recipe["about"]["summary"] == project["project"]["description"]
    for path in recipe["about"]["license_file"]:
        assert (ROOT / path).is_file()
