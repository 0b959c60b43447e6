"""Make pages of the site from other files: README, changelog, options of the command.

MkDocs calls the functions `on_files` and `on_page_markdown` while it builds the site.
Every text has one source: the README is the first page, and a table that code can make
is made from the code.
"""

from __future__ import annotations

import argparse
import os
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]

SITE = "https://napari-nuclei.github.io/napari-nuclei/"
REPOSITORY = "https://github.com/napari-nuclei/napari-nuclei"
PICTURES = "https://raw.githubusercontent.com/napari-nuclei/napari-nuclei/main/docs/"
"""Addresses in the README of pages, files and pictures: it is shown on other sites."""

INCLUDED = {
    "index.md": "README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
}
"""Pages that are files outside docs/, by the path of the page."""

LINK = re.compile(r"(\]\()([^)\s]+)(\))")

MARKER = re.compile(r"^<!-- made by docs/build_pages\.py: ([\w-]+) -->$", re.M)
"""A line of a page in whose place a function of `GENERATORS` writes."""


def resolve_link(target: str, source: str, page: str) -> str:
    """Return a link of a Markdown file as the page of the site has it.

    Parameters
    ----------
    target : str
        The link in the file.
    source : str
        Path of the file, from the root of the repository.
    page : str
        Path of the page, from docs/.

    Returns
    -------
    str
        Files of docs/ as paths from the page; files that are a page of the site as
        that page; other files of the repository as addresses on the web.

    Examples
    --------
    >>> resolve_link("docs/train.md#data", "README.md", "index.md")
    'train.md#data'
    >>> resolve_link("../SECURITY.md", "docs/models.md", "models.md")
    'security.md'
    """
    if target.startswith(SITE):
        path, hash_, anchor = target.removeprefix(SITE).partition("#")
        name = path.strip("/")
        file = f"docs/{name}.md" if name else "README.md"
    elif target.startswith(PICTURES):
        file, hash_, anchor = "docs/" + target.removeprefix(PICTURES), "", ""
    elif re.match(r"[a-z]+:|#", target):
        return target
    else:
        path, hash_, anchor = target.partition("#")
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    pages = {included: name for name, included in INCLUDED.items()}
    if file in pages:
        file = f"docs/{pages[file]}"
    if not file.startswith("docs/") or file.startswith("docs/experiments/"):
        return f"{REPOSITORY}/blob/main/{file}{hash_}{anchor}"
    inside = file.removeprefix("docs/")
    return posixpath.relpath(inside, posixpath.dirname(page)) + hash_ + anchor


def replace_links(text: str, source: str, page: str) -> str:
    """Return the text of a file with its links as the page of the site has them."""
    return LINK.sub(
        lambda found: found[1] + resolve_link(found[2], source, page) + found[3], text
    )


def list_commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of the commands, each before those of its actions."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                yield command
                yield from list_commands(command)


def describe_commands() -> str:
    """Return the help of every command, as Markdown."""
    from napari_nuclei.cli.parser import make_parser

    with patch.dict(os.environ, NO_COLOR="1", COLUMNS="88"):
        parts = [
            f"## {command.prog}\n\n```text\n{command.format_help()}```\n"
            for command in list_commands(make_parser())
        ]
    return "\n".join(parts)


def column_unit(name: str) -> str:
    """Return the unit of a column of a table of nuclei, as it is shown.

    Examples
    --------
    >>> column_unit("area_um2"), column_unit("dapi_mean"), column_unit("confidence")
    ('µm²', 'of the image', '')
    """
    suffixes = {"_um3": "µm³", "_um2": "µm²", "_um": "µm", "_per_mm2": "per mm²"}
    suffixes["_mm2"] = "mm²"
    for suffix, unit in suffixes.items():
        if name.endswith(suffix):
            return unit
    if name == "area" or name.endswith("_area"):
        return "px²"
    if re.search(r"_z[01]?$", name):
        return "slices"
    lengths = ("diameter", "perimeter", "axis_", "centroid_", "bbox_")
    units = {"volume": "voxels", "surface": "px²", "extent_z": "slices"}
    units |= {"orientation": "rad"}
    if name in units:
        return units[name]
    if name.startswith(lengths):
        return "px"
    if "_dab_" in name or "_haematoxylin_" in name:
        return "optical density"
    if name.endswith(("_mean", "_sum", "_std", "_min", "_max", "_median")):
        return "of the image"
    return ""


def describe_columns(table: Any) -> str:
    """Return the columns of a table with their types and units, as Markdown."""
    rows = [(str(table.index.name), table.index.dtype, "")]
    rows += [(name, dtype, column_unit(name)) for name, dtype in table.dtypes.items()]
    lines = [f"| `{name}` | {dtype} | {unit} |" for name, dtype, unit in rows]
    return "\n".join(["| column | type | unit |", "|---|---|---|", *lines])


def example_labels() -> Any:
    """Return labels of two nuclei, shape (32, 32)."""
    import numpy as np

    labels = np.zeros((32, 32), np.int32)
    labels[4:12, 4:14] = 1
    labels[18:28, 16:26] = 2
    return labels


def describe_plane_columns() -> str:
    """Return the columns of nuclei in a plane, measured with every option."""
    from napari_nuclei import measure

    labels = example_labels()
    ring = ("1px", "2px")
    table = measure(
        labels,
        {"dapi": labels * 100},
        pixel_size=0.5,
        ring=ring,
        foreground=(labels > 0).astype("float32"),
    )
    return describe_columns(table)


def describe_volume_columns() -> str:
    """Return the columns of nuclei in a volume."""
    import numpy as np

    from napari_nuclei import measure

    labels = np.stack([example_labels()] * 4)
    table = measure(
        labels, {"dapi": labels * 100}, axes="ZYX", pixel_size=(2.0, 0.5, 0.5)
    )
    return describe_columns(table)


def describe_region_columns() -> str:
    """Return the columns of counts by region."""
    from napari_nuclei import count_regions, measure

    labels = example_labels()
    table = measure(labels, pixel_size=0.5)
    regions = {"tumour": [(0, 0), (0, 32), (16, 32), (16, 0)]}
    counts = count_regions(
        table,
        regions,
        shape=labels.shape,
        pixel_size=0.5,
        positive=table["area"] > 90,
        medians=["area"],
    )
    return describe_columns(counts)


def quote_file(path: str, language: str) -> str:
    """Return a text file of the repository as a block of code."""
    return f"```{language}\n{(ROOT / path).read_text(encoding='utf-8')}```"


GENERATORS: dict[str, Callable[[], str]] = {
    "commands": describe_commands,
    "plane-columns": describe_plane_columns,
    "volume-columns": describe_volume_columns,
    "region-columns": describe_region_columns,
    "citation": lambda: quote_file("CITATION.cff", "yaml"),
    "notice": lambda: quote_file("src/napari_nuclei/bundled/NOTICE", "text"),
}
"""What the markers of the pages stand for."""


def fill_markers(text: str) -> str:
    """Return the text of a page with the content of its markers."""
    return MARKER.sub(lambda found: GENERATORS[found[1]](), text)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are files outside docs/."""
    from mkdocs.structure.files import File

    for page, source in INCLUDED.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(
            File.generated(config, page, content=replace_links(text, source, page))
        )
    return files


def on_page_markdown(markdown: str, *, page: Any, **other: Any) -> str:
    """Return the text of a page of docs/ with its links and markers replaced."""
    path = page.file.src_uri
    if path in INCLUDED:
        return markdown
    return replace_links(fill_markers(markdown), f"docs/{path}", path)
