from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from napari_nuclei.io import optional_packages
from napari_nuclei.io.optional_packages import import_extra


def test_a_missing_package_gives_the_command_that_installs_it() -> None:
    with pytest.raises(
        ModuleNotFoundError,
        match=r"no_such_package is needed here: .*'napari-nuclei\[large\]'",
    ):
        import_extra("no_such_package.part")


def test_a_module_of_an_installed_package_is_returned() -> None:
    import json.decoder

    assert import_extra("json.decoder") is json.decoder


@pytest.fixture
def no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional_packages, "is_installed", lambda package: False)


def test_without_tensorflow_one_line_says_how_to_install_it(
    no_tensorflow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModuleNotFoundError, match="pip install tensorflow") as caught:
        optional_packages.require_tensorflow()
    assert caught.value.name == "tensorflow"
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    text = optional_packages.describe_missing_tensorflow()
    assert "no release for Python 3.14" in text and "pip install" not in text


def test_with_tensorflow_nothing_is_said() -> None:
    assert optional_packages.is_installed("tensorflow")
    assert not optional_packages.is_installed("no_such_package")
    assert optional_packages.describe_missing_tensorflow() == ""
    optional_packages.require_tensorflow()


def test_the_limit_of_python_is_that_of_the_dependencies() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    (limit,) = re.findall(r'"tensorflow>=[\d.]+; python_version < \'([\d.]+)\'"', text)
    first = optional_packages.FIRST_PYTHON_WITHOUT_TENSORFLOW
    assert limit == ".".join(map(str, first))
