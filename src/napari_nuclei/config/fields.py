"""Fields of settings: their help text, limits, and names of earlier versions.

The Python keywords, the options of the command line and the forms of the widgets are
made from this one description.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, fields, is_dataclass, replace
from difflib import get_close_matches
from functools import wraps
from typing import Any, TypeVar

from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.config.number_checks import check_flag
from napari_nuclei.config.warn_user import warn_user

Config = TypeVar("Config")

OLD_NAMES = "Old names of settings"
"""Beginning of every warning about old names."""

RENAMED: dict[str, dict[str, str]] = {
    "SegmentConfig": {"min_score": "min_confidence"},
    "ModelCard": {"min_score": "min_confidence"},
    "TrainConfig": {
        "norms": "batch_norm",
        "blend": "finetuned_weight",
        "gap_weight": "border_weight",
        "teacher": "distill_from",
    },
    "AugmentConfig": {"brown": "dab"},
    "ModelConfig": {"branch": "offset_branch", "finest": "output_stride"},
}
"""For each class of settings, the old names of fields and their current names."""

RENAMED_VALUES: dict[str, dict[str, dict[str, str]]] = {
    "TrainConfig": {"unpainted": {"unknown": "ignore"}},
}
"""For each class of settings and field, old values and their current values."""


def option(
    default: Any,
    help: str,
    *,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """Return a dataclass field with its help text and its inclusive limits."""
    limits = {"help": help, "ge": ge, "le": le, "choices": choices}
    return field(default=default, metadata=limits)


def named_settings(config_class: type[Config]) -> type[Config]:
    """Make a dataclass accept old names, and suggest the right name for a wrong one.

    The signature of the class does not change. `dataclasses.replace` checks names in
    the same way. Attributes can be read under their old names too.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @named_settings
    ... @dataclass
    ... class Settings:
    ...     probability: float = 0.5
    >>> Settings(probabilty=0.4)
    Traceback (most recent call last):
        ...
    TypeError: Settings has no setting 'probabilty'; did you mean 'probability'?
    """
    original = config_class.__init__

    @wraps(original)
    def __init__(self: Any, *args: Any, **values: Any) -> None:
        # A subclass may add fields.
        names = [item.name for item in fields(self)]
        if values.keys() >= set(names):  # dataclasses.replace adds all values before
            renamed = RENAMED.get(config_class.__name__, {})
            for old in renamed.keys() & values.keys():
                del values[renamed[old]]
        current, changes = current_names(config_class.__name__, values)
        for name in current:
            check_name(type(self).__name__, name, names)
        warn_of_old_names(config_class.__name__, changes)
        original(self, *args, **current)

    def __getattr__(self: Any, name: str) -> Any:
        current = RENAMED.get(config_class.__name__, {}).get(name)
        if current is None:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}"
            )
        warn_of_old_names(config_class.__name__, [f"{name} is now {current}"])
        return getattr(self, current)

    config_class.__init__ = __init__  # type: ignore[method-assign]
    config_class.__getattr__ = __getattr__  # type: ignore[attr-defined]
    return config_class


def check_name(
    owner: str, name: str, names: Iterable[str], *, kind: str = "setting"
) -> None:
    """Raise TypeError if there is no setting, or other `kind`, called `name`.

    The message suggests the most similar name, or lists all names.
    """
    names = list(names)
    if name in names:
        return
    close = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(names)}"
    raise TypeError(f"{owner} has no {kind} {name!r}; {hint}")


def apply_settings(
    function: str,
    kind: type[Config],
    config: Config | None,
    settings: Mapping[str, Any],
    arguments: Iterable[str] = (),
) -> Config:
    """Return settings with those replaced that a function was given by name.

    Parameters
    ----------
    function : str
        Name of the function, for messages.
    kind : type
        The class of settings that the function takes.
    config : instance of `kind`, optional
        None uses the defaults.
    settings : mapping of str to object
        Names and values. Old names work too.
    arguments : iterable of str
        Other arguments of the function, which may be the nearest right name.

    Raises
    ------
    TypeError
        If `config` is not of the class `kind`, or there is no setting of a name. The
        message suggests the most similar name. If a setting is given under both its old
        and its current name.

    Examples
    --------
    >>> from napari_nuclei.config import SegmentConfig
    >>> apply_settings("segment", SegmentConfig, None, {"chanel": 1}, ["channel"])
    Traceback (most recent call last):
        ...
    TypeError: segment has no setting 'chanel'; did you mean 'channel'?
    """
    config = config_or_defaults(config, kind)
    names = [item.name for item in fields(config)]  # type: ignore[arg-type]
    owner = type(config).__name__
    current, changes = current_names(owner, settings)
    for name in current:
        check_name(function, name, [*names, *arguments])
    warn_of_old_names(owner, changes)
    return replace(config, **current)  # type: ignore[type-var]


def rename_old_keys(
    config_class: type[Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return settings read from a file, with old names and values replaced.

    Parameters
    ----------
    config_class : type
        A class of settings, such as `TrainConfig`.
    values : mapping of str to object
        From the name of a setting to its value; nested settings are mappings too.

    Returns
    -------
    dict of str to object

    Raises
    ------
    TypeError
        If a setting is given under both its old and its current name.

    Warns
    -----
    DeprecationWarning
        Once, if there are old names or values.
    """
    current, changes = current_names(config_class.__name__, values)
    for item in fields(config_class):
        nested = values.get(item.name)
        if is_dataclass(item.default_factory) and isinstance(nested, Mapping):
            owner = getattr(item.default_factory, "__name__", "")
            current[item.name], more = current_names(owner, nested)
            changes += more
    warn_of_old_names(config_class.__name__, changes)
    return current


def update_names(config_class: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings that this program has saved, with current names.

    The user did not type them, so there is no warning. If a setting has both names, the
    value under the current one counts.

    Examples
    --------
    >>> from napari_nuclei.config import SegmentConfig
    >>> update_names(SegmentConfig, {"min_score": 0.5, "region": "whole image"})
    {'min_confidence': 0.5, 'region': 'whole image'}
    """
    renamed = RENAMED.get(config_class.__name__, {})
    return {
        renamed.get(name, name): value
        for name, value in values.items()
        if renamed.get(name) not in values
    }


def current_names(
    owner: str, values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Return settings with old names and values replaced, and a text per change."""
    renamed = RENAMED.get(owner, {})
    renamed_values = RENAMED_VALUES.get(owner, {})
    current: dict[str, Any] = {}
    changes = []
    for old, value in values.items():
        name = renamed.get(old, old)
        if name != old:
            changes.append(f"{old} is now {name}")
            if name in values:
                raise TypeError(
                    f"{owner} has both {name} and its old name {old}; use {name} alone"
                )
        current[name] = value
        new_values = renamed_values.get(name, {})
        if isinstance(value, str) and value in new_values:
            current[name] = new_values[value]
            changes.append(f"{name}={value} is now {name}={current[name]}")
    return current, changes


def warn_of_old_names(owner: str, changes: Sequence[str]) -> None:
    """Warn once about old names."""
    if changes:
        text = f"{OLD_NAMES} in {owner}: {'; '.join(changes)}"
        warn_user(text, DeprecationWarning)


def check_limits(config: Any) -> None:
    """Raise ValueError for the first field of a dataclass outside its limits."""
    for item in fields(config):
        value, limit = getattr(config, item.name), item.metadata
        if not limit:
            continue
        if item.type == "bool":  # text such as "no" would count as True
            check_flag(item.name, value)
        if value is None:
            continue
        if limit["choices"] and value not in limit["choices"]:
            allowed = ", ".join(limit["choices"])
            raise ValueError(f"{item.name} must be one of {allowed}; got {value!r}")
        if limit["ge"] is None and limit["le"] is None:
            continue
        if not isinstance(value, numbers.Real) or not math.isfinite(value):
            raise ValueError(f"{item.name} must be a finite number; got {value!r}")
        if str(item.type).startswith("int") and not isinstance(value, numbers.Integral):
            raise ValueError(f"{item.name} must be a whole number; got {value!r}")
        if limit["ge"] is not None and value < limit["ge"]:
            raise ValueError(f"{item.name} must be at least {limit['ge']}; got {value}")
        if limit["le"] is not None and value > limit["le"]:
            raise ValueError(f"{item.name} must be at most {limit['le']}; got {value}")
