"""Read and write profiles: the settings of a run as a TOML file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from napari_nuclei.io.atomic import prepare_folder, write_atomic

PROFILE_SUFFIX = ".toml"

PROFILE_VERSION = 1
"""Version of the profiles that are written, and newest version that is read."""

VERSION_KEY = "version"

Setting = str | bool | int | float | list[str | int | float]
"""Value of a setting in a profile."""


def check_profile_suffix(path: Path) -> None:
    """Raise ValueError unless a path ends in ``.toml``."""
    if path.suffix.lower() != PROFILE_SUFFIX:
        raise ValueError(f"A profile is a {PROFILE_SUFFIX} file; got {path.name}")


def write_profile(
    path: str | Path, groups: Mapping[str, Mapping[str, Setting]]
) -> None:
    """Write settings as TOML.

    Parameters
    ----------
    path : path-like
        A ``.toml`` file. Its folder is created if needed.
    groups : dict of str to dict
        For each title the settings below it, by name. Groups without settings are left
        out.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If the path does not end in ``.toml``.
    """
    path = Path(path).expanduser()
    check_profile_suffix(path)
    lines = [
        "# Settings of napari-nuclei. To use them:",
        "# napari-nuclei run PROFILE FOLDER -o RESULTS",
        f"{VERSION_KEY} = {PROFILE_VERSION}",
    ]
    for title, settings in groups.items():
        if settings:
            lines += ["", f"# {title}"]
            lines += [f"{name} = {encode(value)}" for name, value in settings.items()]
    prepare_folder(path.absolute().parent)
    write_atomic(path, ("\n".join(lines) + "\n").encode())


def encode(value: Setting) -> str:
    """Return a value as TOML.

    Examples
    --------
    >>> encode(["labels", "csv"]), encode(0.5), encode(True)
    ('["labels", "csv"]', '0.5', 'true')
    """
    if isinstance(value, list):
        return f"[{', '.join(map(encode, value))}]"
    # JSON writes these values as TOML does, except for the character DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_profile(path: str | Path) -> dict[str, Setting]:
    """Return the settings of a profile by name.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not TOML, a value is neither text, number, true, false nor a list of
        texts and numbers, or a newer version of the program wrote it.
    """
    path = Path(path).expanduser()
    try:
        values = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a profile in TOML: {error}") from error
    version = values.pop(VERSION_KEY, PROFILE_VERSION)
    if type(version) is not int or version < 1:
        raise ValueError(
            f"{path}: {VERSION_KEY} must be a whole number such as {PROFILE_VERSION}; "
            f"got {version!r}"
        )
    if version > PROFILE_VERSION:
        raise ValueError(
            f"{path} is a profile of version {version}; this program reads version "
            f"{PROFILE_VERSION}. Update napari-nuclei"
        )
    for name, value in values.items():
        parts = value if isinstance(value, list) else [value]
        listed = isinstance(value, list)
        if not all(
            isinstance(part, str | int | float)
            and not (listed and isinstance(part, bool))
            for part in parts
        ):
            raise ValueError(
                f"{path}: {name} must be a text, a number, true, false or a list of "
                f"texts; got {describe(value)}"
            )
    return values


def describe(value: object) -> str:
    """Return a value of TOML in words, for messages."""
    if isinstance(value, dict):
        return "a table. Write all settings without [sections]"
    return f"{value}"
