"""Calls of `segment_files` as they were in version 0.1."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model.store import CARD_FILE, list_models
from napari_nuclei.scale.output_paths import DEFAULT_FORMATS

Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")


def accept_old_arguments(
    function: Callable[Parameters, Result],
) -> Callable[Parameters, Result]:
    """Accept the old arguments of `segment_files`, with a DeprecationWarning.

    Version 0.1 took (segmenter, inputs, output), and `overlay` and `table` in place of
    `formats`. The model may also be a name or a folder, and the third of three
    arguments.
    """

    @wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        new: dict[str, Any] = dict(kwargs)
        changed = {"segmenter", "overlay", "table"} & {*new}
        if args and (len(args) == 3 or isinstance(args[0], Segmenter)):
            names = ("segmenter", "inputs", "output")
            if len(args) == 3 and not is_model(args[0]):
                names = ("inputs", "output", "segmenter")
            new |= dict(zip(names, args, strict=False))
            args = ()  # type: ignore[assignment]
        elif not changed:
            return function(*args, **kwargs)
        warn_user(
            "segment_files(segmenter, inputs, output, overlay=, table=) is now "
            "segment_files(inputs, output, model=segmenter, formats=[...])",
            DeprecationWarning,
        )
        if "segmenter" in new:
            new["model"] = new.pop("segmenter")
        old_outputs = {
            "csv": new.pop("table", False),
            "overlay": new.pop("overlay", False),
        }
        formats = new.get("formats") or DEFAULT_FORMATS
        new["formats"] = [
            *formats,
            *(name for name, want in old_outputs.items() if want),
        ]
        return function(*args, **new)

    return call


def is_model(value: object) -> bool:
    """Return whether an argument is a loaded model, or the name or folder of one."""
    if isinstance(value, Segmenter):
        return True
    if not isinstance(value, str | Path):
        return False
    named = any(entry.name == str(value) for entry in list_models())
    return named or (Path(value).expanduser() / CARD_FILE).is_file()
