from __future__ import annotations

from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from npe2 import PluginManifest

from napari_nuclei.io.microscopes.plugins import PLUGINS

ROOT = Path(__file__).parents[1]
NAME = "napari-nuclei"


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_distribution(NAME)


def test_the_installed_manifest_is_the_one_in_the_repository() -> None:
    (entry,) = entry_points(group="napari.manifest", name=NAME)
    package, _, name = entry.value.partition(":")
    installed = files(package).joinpath(name).read_text(encoding="utf-8")
    assert installed == (ROOT / "napari.yaml").read_text(encoding="utf-8"), (
        "reinstall the package after an edit of napari.yaml"
    )


def test_the_name_is_that_of_the_distribution(manifest) -> None:
    assert manifest.name == NAME
    assert manifest.package_metadata.name == NAME


def test_every_name_in_the_manifest_can_be_imported(manifest) -> None:
    manifest.validate_imports()


def contributions(kind: str) -> list[dict]:
    content = yaml.safe_load((ROOT / "napari.yaml").read_text(encoding="utf-8"))
    return content["contributions"][kind]


def test_every_command_is_offered_somewhere(manifest) -> None:
    kinds = ("widgets", "sample_data", "readers", "writers")
    offered = {item["command"] for kind in kinds for item in contributions(kind)}
    menus = contributions("menus").values()
    offered |= {item["command"] for items in menus for item in items}
    assert {command.id for command in manifest.contributions.commands} == offered


def test_the_icon_is_part_of_the_package(manifest) -> None:
    package, _, name = manifest.icon.partition(":")
    assert files(package).joinpath(name).read_text(encoding="utf-8").startswith("<svg")


def test_napari_offers_every_format_of_microscopes() -> None:
    by_command = {one["command"]: one for one in contributions("readers")}
    patterns = by_command["napari-nuclei.read_microscope"]["filename_patterns"]
    assert patterns == [f"*{suffix}" for suffix in PLUGINS]
