"""Describe a data set for the model card: its name, licence and citation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

INFO_FILE = "dataset.json"
"""File in the folder of a data set, or beside its zip file."""

KEYS = ("name", "licence", "citation")


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What a model card says about a data set.

    Attributes
    ----------
    name : str
        The name of its folder unless `INFO_FILE` states another.
    licence, citation : str
        Empty if they are not stated.
    """

    name: str
    licence: str = ""
    citation: str = ""


def read_dataset_info(path: Path) -> DatasetInfo:
    """Read the description of a data set.

    Parameters
    ----------
    path : Path
        A folder, or a zip file with `INFO_FILE` beside it.

    Raises
    ------
    OSError, ValueError
        If `INFO_FILE` cannot be read, or holds anything but texts of these keys.
    """
    path = Path(path).expanduser()
    folder = path if path.is_dir() else path.parent
    name = path.resolve().name if path.is_dir() else path.resolve().stem
    info = folder / INFO_FILE
    if not info.is_file():
        return DatasetInfo(name)
    text = info.read_text(encoding="utf-8-sig")
    try:
        values = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{info} is not valid JSON ({error})") from error
    if not isinstance(values, dict) or not all(
        key in KEYS and isinstance(value, str) for key, value in values.items()
    ):
        raise ValueError(
            f"{info} must hold texts of the keys {', '.join(KEYS)}, such as "
            '{"licence": "CC BY 4.0"}'
        )
    return DatasetInfo(**{"name": name} | values)
