"""Check a `.keras` file as data, without Keras: sizes first, then names.

A `.keras` file is a zip with the network's configuration as JSON and its weights as
HDF5. The configuration names classes and functions of Keras, which `load_model` looks
up and calls. Only the names of `keras_names` are accepted.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from napari_nuclei.model.keras_names import (
    CLASSES,
    CODE_LAYERS,
    FUNCTIONS,
    MODULES,
    NUMBER_TYPES,
    VALUES,
)

CONFIG_MEMBER, WEIGHTS_MEMBER = "config.json", "model.weights.h5"

MAX_MEMBERS = 1000
MAX_CONFIG_BYTES = 8 << 20
MAX_WEIGHTS_BYTES = 512 << 20
"""Largest sizes inside a file. The largest network that Keras itself offers for this
kind of work has a configuration of 1 MB and weights of 300 MB."""

MAX_RATIO = 200
"""Largest ratio of the sizes before and after compression, of a member over 1 MiB."""

MAX_DEPTH = 64
"""Largest depth of lists and dictionaries in a configuration."""

MAX_OBJECTS = 50_000
"""Largest number of serialized objects; the bundled networks have about 1000."""


def check_safe(path: Path, shown: Path | None = None) -> None:
    """Raise ValueError if a `.keras` file is too large or has other than usual layers.

    The file is read as data. None of its code is run.

    Parameters
    ----------
    path : Path
        The file.
    shown : Path, optional
        Path to show in the error message; `path` by default.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is refused.
    """
    try:
        check_config(read_config(path))
    except ValueError as error:
        raise ValueError(f"{shown or path} {error}") from error


def read_config(path: Path) -> Any:
    """Return the configuration in a `.keras` file, after checking the sizes inside.

    Raises
    ------
    ValueError
        The message continues a sentence that begins with the name of the file.
    """
    if not zipfile.is_zipfile(path):
        raise ValueError("is not a .keras file (a zip made by model.save)")
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(archive.infolist())
            return json.loads(archive.read(CONFIG_MEMBER))
    except RecursionError:
        raise ValueError("has a configuration that is nested too deeply") from None
    except TooLargeError as error:
        raise ValueError(str(error)) from error
    except (
        EOFError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError("is a zip but not a .keras file") from error


class TooLargeError(ValueError):
    """Raised if a member of a zip file is too large or occurs twice."""


def check_members(members: list[zipfile.ZipInfo]) -> None:
    """Raise TooLargeError if members of a `.keras` file are too many or too large."""
    names = [item.filename for item in members]
    if len(names) > MAX_MEMBERS or len(set(names)) < len(names):
        raise TooLargeError(
            f"has {len(names)} files inside, or two of the same name. It is damaged"
        )
    for item in members:
        is_weights = item.filename == WEIGHTS_MEMBER
        limit = MAX_WEIGHTS_BYTES if is_weights else MAX_CONFIG_BYTES
        if item.file_size > limit:
            raise TooLargeError(
                f"has a file {item.filename!r:.60} of {item.file_size >> 20} MiB "
                f"inside, over {limit >> 20} MiB. It is too large for a network that "
                "finds nuclei"
            )
        if item.file_size > MAX_RATIO * max(item.compress_size, 5 << 10):
            raise TooLargeError(
                f"has a file {item.filename!r:.60} inside that grows more than "
                f"{MAX_RATIO} times when it is unpacked. It is not loaded"
            )


def check_config(config: Any) -> None:
    """Raise ValueError if a configuration names objects that are not accepted."""
    if isinstance(config, dict):
        # Models are loaded with compile=False, which ignores the outermost loss.
        config = {key: config[key] for key in config if key != "compile_config"}
    for number, item in enumerate(iter_objects(config)):
        if number >= MAX_OBJECTS:
            raise ValueError(f"has over {MAX_OBJECTS} objects. It is not loaded")
        check_object(item)


def iter_objects(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every serialized object in a configuration, the outer ones first."""
    pending = [(config, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise ValueError("has a configuration that is nested too deeply")
        if isinstance(value, dict):
            if "class_name" in value or "module" in value:
                yield value
            pending += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, list):
            pending += [(inner, depth + 1) for inner in value]


def check_object(item: dict[str, Any]) -> None:
    """Raise ValueError if a serialized object is not accepted."""
    name, module = item.get("class_name"), item.get("module")
    if isinstance(name, str) and name in CODE_LAYERS:
        raise ValueError(
            f"has a {name} layer, which runs custom code. It is not loaded; save the "
            "model with standard layers only"
        )
    shown = name if isinstance(name, str) and name.isidentifier() else f"{name!r:.60}"
    is_function = name == "function"
    if is_function:
        name = item.get("config")
        shown = f"{name!r:.60}"
    is_keras = module in (None, "builtins") or (
        isinstance(module, str) and MODULES.fullmatch(module)
    )
    # Keras looks up a registered name instead of the class name.
    registered = item.get("registered_name") in (None, name, item.get("class_name"))
    if not is_keras or not registered or not isinstance(name, str):
        raise ValueError(
            f"has the custom object {shown}, which is not loaded. Save the model with "
            "standard layers only (and compile=False for a custom loss)"
        )
    if name not in (FUNCTIONS if is_function else CLASSES | VALUES):
        raise ValueError(
            f"has the object {shown} of Keras, which is not on the list of layers and "
            "functions that are loaded. Save the model with the layers of usual "
            "segmentation networks"
        )
    if name in ("__tensor__", "__numpy__"):
        inner = item.get("config")
        dtype = inner.get("dtype") if isinstance(inner, dict) else None
        if not isinstance(dtype, str) or not NUMBER_TYPES.fullmatch(dtype):
            raise ValueError(f"has an array of {dtype!r:.60}, which is not loaded")
