"""Fields of settings that carry their help text and their limits.

The Python keywords, the command line's options and the widgets' forms are made from
this one description.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import field, fields
from typing import Any


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


def check_limits(config: Any) -> None:
    """Raise ValueError for the first field of a dataclass outside its limits."""
    for item in fields(config):
        value, limit = getattr(config, item.name), item.metadata
        if value is None or not limit:
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
