from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = "napari_nuclei"
SOURCE = Path(__file__).parents[1] / "src" / PACKAGE
STUB = SOURCE / "__init__.pyi"

RANKS = {
    "config": 1,
    "core": 2,
    "io": 3,
    "model": 4,
    "data": 5,
    "scale": 5,
    "evaluation": 6,
    "report": 6,
    "training": 7,
    "__init__": 8,
    "cli": 9,
    "widgets": 9,
}
NOT_IN_CORE = {"tensorflow", "keras", "qtpy", "superqt", "napari", "magicgui", "dask"}

# The build writes _version.py.
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "_version.py")


def read_public_names() -> dict[str, str]:
    """Return the room that each public name comes from, as the stub lists them."""
    return {
        alias.name: node.module.split(".")[0]
        for node in ast.parse(STUB.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


PUBLIC_NAMES = read_public_names()


def layer_of(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Return the dotted names that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} line {node.lineno}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layers_used(path: Path) -> set[str]:
    own = [name.split(".") for name in imported(path)]
    used = {parts[1] for parts in own if parts[0] == PACKAGE and len(parts) > 1}
    used -= {"__version__", "_version"}
    return {PUBLIC_NAMES.get(name, name) for name in used}


def names(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_there_are_modules_to_check() -> None:
    assert len(MODULES) > 10


@pytest.mark.parametrize("path", MODULES, ids=names)
def test_a_module_imports_no_higher_layer(path: Path) -> None:
    rank = RANKS[layer_of(path)]
    higher = {layer for layer in layers_used(path) if RANKS[layer] > rank}
    assert not higher, f"{names(path)} imports {', '.join(sorted(higher))}"


@pytest.mark.parametrize(
    "path", [path for path in MODULES if RANKS[layer_of(path)] <= 2], ids=names
)
def test_core_imports_no_framework(path: Path) -> None:
    found = {name.split(".")[0] for name in imported(path)} & NOT_IN_CORE
    assert not found, f"{names(path)} imports {', '.join(sorted(found))}"
