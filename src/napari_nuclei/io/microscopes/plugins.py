"""Which packages of bioio read the files of which microscopes.

`bioio` reads a file through a plugin, a package of its own for each format.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path

from napari_nuclei.io.optional_packages import is_installed

PLUGINS = {
    ".czi": "bioio-czi",
    ".dv": "bioio-dv",
    ".ims": "bioio-bioformats",
    ".lif": "bioio-lif",
    ".nd2": "bioio-nd2",
    ".oib": "bioio-bioformats",
    ".oif": "bioio-bioformats",
    ".r3d": "bioio-dv",
    ".vsi": "bioio-bioformats",
    ".zvi": "bioio-bioformats",
}
"""The package that reads files with a suffix. Folders are searched for these files."""

ALL_FORMATS = "bioio-bioformats"
"""The package that reads every format of `PLUGINS`, through Java."""

BUNDLED_PLUGINS = ("bioio-czi", "bioio-lif", "bioio-nd2")
"""The packages that the extra `bioio` brings."""


def is_microscope_name(name: str) -> bool:
    """Return whether a file is one of a microscope's own format, by its name.

    Examples
    --------
    >>> is_microscope_name("a.CZI"), is_microscope_name("a.tif")
    (True, False)
    """
    return Path(name).suffix.lower() in PLUGINS


@lru_cache(maxsize=1)
def readable_suffixes() -> tuple[str, ...]:
    """Return the suffixes of `PLUGINS` whose package is installed."""
    if not is_installed("bioio"):
        return ()
    return tuple(
        suffix
        for suffix, package in PLUGINS.items()
        if is_installed(module_of(package)) or is_installed(module_of(ALL_FORMATS))
    )


@lru_cache(maxsize=1)
def plugin_suffixes() -> frozenset[str]:
    """Return all suffixes that the installed plugins read, besides `PLUGINS`.

    Plugins are imported, which takes seconds.
    """
    if not is_installed("bioio") or not entry_points(group="bioio.readers"):
        return frozenset()
    from bioio.plugins import get_plugins

    return frozenset(get_plugins(use_cache=True))


def describe_missing_plugin(name: str) -> str:
    """Return the sentence that says what reads a file, and how to install it.

    Examples
    --------
    >>> describe_missing_plugin("a.dv")
    'bioio-dv is needed to read a.dv: python -m pip install bioio bioio-dv'
    """
    package = PLUGINS[Path(name).suffix.lower()]
    command = f"bioio {package}"
    if package in BUNDLED_PLUGINS:
        command = "'napari-nuclei[bioio]'"
    return f"{package} is needed to read {name}: python -m pip install {command}"


def module_of(package: str) -> str:
    """Return the name by which a package is imported."""
    return package.replace("-", "_")
