"""Warn at the line of the caller's own code."""

from __future__ import annotations

import sys
import warnings

OWN_MODULES = (__name__.partition(".")[0], "dataclasses", "contextlib")
"""Top-level modules whose lines a warning never points at."""


def warn_user(message: str, category: type[Warning]) -> None:
    """Warn, and point at the nearest line outside of this package.

    However many functions and decorators lie between, the warning names the line that
    the user can change.

    Parameters
    ----------
    message : str
    category : type of Warning
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and is_own(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def is_own(module: str) -> bool:
    """Return whether a module is of this package, or runs its code.

    Examples
    --------
    >>> is_own("napari_nuclei.core.maps"), is_own("napari"), is_own("__main__")
    (True, False, False)
    """
    return module.partition(".")[0] in OWN_MODULES
