"""The site holds every page, and every link leads to a page, a heading or a file.

`mkdocs build --strict` checks the same and more; these tests need no MkDocs.
"""

from __future__ import annotations

import importlib.util
import posixpath
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import napari_nuclei

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def load_build_pages() -> ModuleType:
    path = DOCS / "build_pages.py"
    spec = importlib.util.spec_from_file_location("build_pages", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build_pages = load_build_pages()
PICTURES = build_pages.PICTURES


def read_page(page: str) -> str:
    """Return the text of a page of the site before its markers are filled."""
    source = build_pages.INCLUDED.get(page, f"docs/{page}")
    text = (ROOT / source).read_text(encoding="utf-8")
    return str(build_pages.replace_links(text, source, page))


FILES = [path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md"))]
PAGES = [*FILES, *build_pages.INCLUDED]


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.S | re.M)


def anchors(page: str) -> set[str]:
    """Return the anchors of the headings of a page, as MkDocs and GitHub make them."""
    text = re.sub(r"^```.*?^```$", "", read_page(page), flags=re.S | re.M)
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    plain = [re.sub(r"[^\w\s-]", "", title).strip().lower() for title in plain]
    return {re.sub(r"[-\s]+", "-", title) for title in plain}


def nav_pages(entries: list[Any]) -> list[str]:
    """Return the paths in the navigation, depth first."""
    found: list[str] = []
    for entry in entries:
        for value in [entry] if isinstance(entry, str) else entry.values():
            found += [value] if isinstance(value, str) else nav_pages(value)
    return found


def test_every_page_is_in_the_navigation_once() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = nav_pages(yaml.safe_load(text)["nav"])
    assert sorted(pages) == sorted(PAGES), "add a new page to nav in mkdocs.yml"


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_pages_headings_and_files(page: str) -> None:
    for _, target, _ in build_pages.LINK.findall(without_code(read_page(page))):
        path, _, anchor = target.partition("#")
        if target.startswith(build_pages.REPOSITORY + "/blob/main/"):
            inside = path.removeprefix(build_pages.REPOSITORY + "/blob/main/")
            assert (ROOT / inside).exists(), target
            continue
        if re.match(r"[a-z]+:", target):
            continue
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        name = page if not path else name
        assert name in PAGES or (DOCS / name).is_file(), target
        if anchor:
            assert anchor in anchors(name), target


@pytest.mark.parametrize(
    ("target", "source", "page", "expected"),
    [
        ("docs/train.md#data", "README.md", "index.md", "train.md#data"),
        (build_pages.SITE + "train/#data", "README.md", "index.md", "train.md#data"),
        ("../train.md", "docs/tutorials/a.md", "tutorials/a.md", "../train.md"),
        (
            build_pages.PICTURES + "images/a.png",
            "README.md",
            "index.md",
            "images/a.png",
        ),
        ("../README.md#install", "docs/a.md", "a.md", "index.md#install"),
        ("CONTRIBUTING.md", "README.md", "index.md", "contributing.md"),
        ("#words", "docs/a.md", "a.md", "#words"),
        ("https://napari.org", "docs/a.md", "a.md", "https://napari.org"),
        (
            "../src/a.py",
            "docs/a.md",
            "a.md",
            build_pages.REPOSITORY + "/blob/main/src/a.py",
        ),
    ],
)
def test_links_lead_from_the_page_of_the_site(
    target: str, source: str, page: str, expected: str
) -> None:
    assert build_pages.resolve_link(target, source, page) == expected


def test_the_readme_has_no_relative_links() -> None:
    """It is shown on package indices too, which have none of the files."""
    text = without_code((ROOT / "README.md").read_text(encoding="utf-8"))
    targets = [target for _, target, _ in build_pages.LINK.findall(text)]
    assert len(targets) > 5
    assert [t for t in targets if not t.startswith(("https://", "#"))] == []


def test_the_reference_lists_every_public_name_once() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    names = re.findall(r"^::: napari_nuclei\.(\w+)$", text, re.M)
    assert sorted(names) == sorted(napari_nuclei.__all__)


def test_every_marker_is_filled() -> None:
    markers = {m for page in FILES for m in build_pages.MARKER.findall(read_page(page))}
    assert markers == set(build_pages.GENERATORS)


def test_the_options_page_holds_every_command() -> None:
    text = build_pages.describe_commands()
    for command in ("segment", "measure", "models export", "train"):
        assert f"## napari-nuclei {command}\n" in text
    assert "--pixel-size" in text and "\x1b" not in text


def test_the_columns_have_types_and_units() -> None:
    text = build_pages.describe_plane_columns()
    assert "| `label` | int64 |  |" in text
    assert "| `area_um2` | float64 | µm² |" in text
    assert "| `dapi_ring_median` | float64 | of the image |" in text
    assert "| `touches_border` | bool |  |" in text
    volume = build_pages.describe_volume_columns()
    assert "| `volume_um3` | float64 | µm³ |" in volume
    assert "| `centroid_z` | float64 | slices |" in volume
    regions = build_pages.describe_region_columns()
    assert "| `density_per_mm2` | float64 | per mm² |" in regions
    assert "| `area_mm2` | float64 | mm² |" in regions
