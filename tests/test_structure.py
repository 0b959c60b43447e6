"""The tests mirror the sources; modules and folders stay small; words stay plain."""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "napari_nuclei"

NO_MIRROR = {"integration", "benchmark", "robustness"}
"""Folders of tests that span modules."""

MAX_LINES = 300
MAX_MODULES = 25

OLD_WORDS = """
apart astray beside bodies caliper company contested doubt gather glance glimpse
judged known lonely misfit moderation norms pose recipe retune rival rivals settle
share_out sown strips survey taste teacher told tuner twin verdict
""".split()
"""Words of an earlier vocabulary that no identifier uses any more."""

FOREIGN_NAMES = {"parse_known_args"}
"""Names of other packages that contain such a word."""

WHOLE_FOLDER = {
    "cli/bad_input.py",  # one table of wrong calls of every command
    "cli/main.py",  # main() is in cli/__init__.py
}
"""Test modules that are about a whole folder of `src`."""


def relative(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


MODULES = sorted(SOURCE.rglob("*.py"))


def mirrored_modules() -> list[str]:
    """Return the modules that a test module mirrors, by the paths of the tests."""
    return [
        path.with_name(path.name.removeprefix("test_")).relative_to(TESTS).as_posix()
        for path in sorted(TESTS.rglob("test_*.py"))
        if path.parent != TESTS and not NO_MIRROR & set(path.relative_to(TESTS).parts)
    ]


def test_every_test_module_mirrors_a_module() -> None:
    existing = {relative(path) for path in MODULES}
    stray = [name for name in mirrored_modules() if name not in existing | WHOLE_FOLDER]
    assert not stray, "no module of this name: " + ", ".join(stray)


def test_every_module_has_its_test_module() -> None:
    modules = {relative(path) for path in MODULES if not path.stem.startswith("_")}
    missing = sorted(modules - set(mirrored_modules()))
    assert not missing, "no test module for " + ", ".join(missing)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_is_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{lines} lines"


def test_a_folder_holds_few_modules() -> None:
    for folder in {path.parent for path in MODULES}:
        count = len(list(folder.glob("*.py")))
        assert count <= MAX_MODULES, f"{folder} has {count} modules"


def test_the_files_that_contributing_names_exist() -> None:
    text = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("## Where to change what")[2].partition("\n## ")[0]
    named = re.findall(r"`([a-z_*/]+\.\w+|[a-z_]+/[a-z_]+)`", table)
    assert len(named) > 10
    for name in named:
        assert [*SOURCE.glob(name), *SOURCE.parents[1].glob(name)], name


def identifiers(path: Path) -> set[str]:
    """Return the names that a module defines or uses, and its own name."""
    names = {path.stem}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for field in ("id", "attr", "name", "arg", "asname"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                names.add(value)
    return names


def words_of(identifier: str) -> set[str]:
    """Return the words of an identifier, and pairs of them joined by underscores."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).lower()
    words = [word for word in re.split(r"[_.]+", snake) if word]
    pairs = [f"{a}_{b}" for a, b in itertools.pairwise(words)]
    return {*words, *pairs}


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_identifier_uses_an_old_word(path: Path) -> None:
    names = identifiers(path) - FOREIGN_NAMES
    old = {name for name in names if words_of(name) & set(OLD_WORDS)}
    assert not old, ", ".join(sorted(old))


def test_no_two_modules_share_a_name() -> None:
    names = [path.stem for path in MODULES if path.stem not in {"__init__", "__main__"}]
    shared = sorted(name for name, count in Counter(names).items() if count > 1)
    assert not shared, "more than one module is named " + ", ".join(shared)
