"""The names that users import: which they are, their documentation and their types."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import napari_nuclei

ROOT = Path(__file__).parents[1]
STUB = ROOT / "src" / "napari_nuclei" / "__init__.pyi"

MYPY_CACHE = ROOT / ".mypy_cache" / "user_script"
"""Outlives the test, because mypy needs minutes to read the package anew."""

NAMES = napari_nuclei.__all__
FUNCTIONS = [n for n in NAMES if inspect.isfunction(getattr(napari_nuclei, n))]
CLASSES = [n for n in NAMES if inspect.isclass(getattr(napari_nuclei, n))]

SETTINGS = {"model", "segmenter", "config", "progress"}
"""Arguments that say how; what is worked on comes before them."""

USER_SCRIPT = """
from pathlib import Path

import numpy as np

from napari_nuclei import Segmentation, load_segmenter, read_dataset, synthetic_nuclei

image, truth = synthetic_nuclei((64, 64), seed=0)
result: Segmentation = load_segmenter().run(image)
areas = np.bincount(result.labels.ravel())
names: list[str] = [sample.name for sample in read_dataset(Path("images"))]
reveal_type(load_segmenter)
load_segmenter().run(image, nonsense=1, config="no settings")
"""


def sections(name: str) -> dict[str, str]:
    """Return the numpydoc sections of a public name's docstring."""
    text = inspect.getdoc(getattr(napari_nuclei, name)) or ""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.M)
    return {"Summary": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def documented(section: str) -> list[str]:
    """Return the names that a section of parameters or attributes explains."""
    lines = re.findall(r"^(\*{0,2}\w[\w*, ]*?)(?: :|$)", section, re.M)
    return [name.strip("* ") for line in lines for name in line.split(",")]


def parameters(name: str) -> list[inspect.Parameter]:
    return list(inspect.signature(getattr(napari_nuclei, name)).parameters.values())


def test_dir_shows_the_public_names_and_no_others() -> None:
    shown = [name for name in dir(napari_nuclei) if not name.startswith("__")]
    assert shown == sorted(NAMES)
    assert "__version__" in dir(napari_nuclei)


def test_the_stub_lists_the_names_that_it_imports() -> None:
    body = ast.parse(STUB.read_text(encoding="utf-8")).body
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    imported = [alias.name for node in imports for alias in node.names]
    (listed,) = (node.value for node in body if isinstance(node, ast.Assign))
    assert ast.literal_eval(listed) == sorted(imported) == sorted(NAMES)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_parameters_in_the_docstring_are_those_of_the_signature(name: str) -> None:
    wanted = [parameter.name for parameter in parameters(name)]
    assert documented(sections(name).get("Parameters", "")) == wanted


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_states_what_a_function_returns(name: str) -> None:
    function = getattr(napari_nuclei, name)
    returned = inspect.signature(function).return_annotation
    assert returned is not inspect.Signature.empty
    assert ("Returns" in sections(name)) == (returned not in (None, "None"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_states_the_errors(name: str) -> None:
    function = getattr(napari_nuclei, name)
    if re.search(r"^\s*raise \w", inspect.getsource(function), re.M):
        assert re.search(r"^\w+Error", sections(name).get("Raises", ""), re.M)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_docstring_shows_an_example(name: str) -> None:
    assert ">>> " in sections(name).get("Examples", "")


@pytest.mark.parametrize("name", CLASSES)
def test_the_docstring_of_a_dataclass_names_its_fields(name: str) -> None:
    kind = getattr(napari_nuclei, name)
    assert sections(name)["Summary"].strip()
    if not dataclasses.is_dataclass(kind):
        return
    text = sections(name)
    explained = documented(text.get("Attributes", "") + text.get("Parameters", ""))
    for field in dataclasses.fields(kind):
        if not field.name.startswith("_"):
            assert field.name in explained or field.metadata.get("help"), field.name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_worked_on_is_the_first_argument(name: str) -> None:
    positional = [
        parameter.name
        for parameter in parameters(name)
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    ]
    if name not in ("export_model", "load_model_card", "load_segmenter"):
        assert not SETTINGS.intersection(positional[:1])


def test_type_checkers_see_the_public_names(tmp_path: Path) -> None:
    """Check a user's script with mypy: only its two mistakes are found."""
    pytest.importorskip("mypy")
    script = tmp_path / "script.py"
    script.write_text(USER_SCRIPT, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", ""]
    command += ["--cache-dir", str(MYPY_CACHE), "--no-error-summary"]
    command += ["--follow-imports", "silent", str(script)]
    found = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    ).stdout
    errors = [line for line in found.splitlines() if ": error: " in line]
    assert len(errors) == 2, found
    assert 'argument "nonsense"' in errors[0]
    assert 'incompatible type "str"' in errors[1]
    assert re.search(r'Revealed type is "def \(.*Segmenter"', found)
