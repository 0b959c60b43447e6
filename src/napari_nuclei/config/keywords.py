"""Suggest the right keyword for a misspelt one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import ParamSpec, TypeVar

from napari_nuclei.config.fields import RENAMED, check_name
from napari_nuclei.config.segment_config import SegmentConfig

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def suggests_keywords(
    function: Callable[Parameters, Result],
) -> Callable[Parameters, Result]:
    """Let a function name the most similar keyword if it is called with a wrong one.

    If the wrong keyword is a setting, and the function has the keyword `config`, the
    message shows how to pass it.

    Examples
    --------
    >>> @suggests_keywords
    ... def find(image, *, channel=None, config=None): ...
    >>> find(image=3, chanel=1)
    Traceback (most recent call last):
        ...
    TypeError: find has no argument 'chanel'; did you mean 'channel'?
    >>> find(image=3, diameter=30)
    Traceback (most recent call last):
        ...
    TypeError: find has no argument 'diameter'; use config=SegmentConfig(diameter=30)
    """
    names = tuple(inspect.signature(function).parameters)
    settings = {item.name: item.name for item in fields(SegmentConfig)}
    settings |= RENAMED[SegmentConfig.__name__]

    @wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        for name in kwargs:
            if name in settings and name not in names and "config" in names:
                raise TypeError(
                    f"{function.__name__} has no argument {name!r}; use "
                    f"config=SegmentConfig({settings[name]}={kwargs[name]!r:.40})"
                )
            check_name(function.__name__, name, names, kind="argument")
        return function(*args, **kwargs)

    return call
