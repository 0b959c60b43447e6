"""Settings that a function was given, or the defaults."""

from __future__ import annotations

from typing import TypeVar

Config = TypeVar("Config")


def config_or_defaults(config: Config | None, kind: type[Config]) -> Config:
    """Return settings, or the defaults of the class `kind` for None.

    Raises
    ------
    TypeError
        If `config` is not an instance of `kind`.

    Examples
    --------
    >>> from napari_nuclei.config import SegmentConfig
    >>> config_or_defaults({"diameter": 30}, SegmentConfig)
    Traceback (most recent call last):
        ...
    TypeError: config must be a SegmentConfig; got {'diameter': 30}
    """
    if config is None:
        return kind()
    if not isinstance(config, kind):
        raise TypeError(f"config must be a {kind.__name__}; got {config!r:.60}")
    return config
