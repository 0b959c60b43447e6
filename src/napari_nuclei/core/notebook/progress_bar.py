"""Show progress bars of Python calls in a terminal or a notebook."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from napari_nuclei.core.tiling import Progress

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

DELAY = 1.0
"""Seconds after which a bar appears; a shorter call shows none."""


def is_interactive() -> bool:
    """Return whether a bar would be seen: in a terminal or a notebook."""
    if "ipykernel" in sys.modules:
        return True
    return sys.stderr is not None and sys.stderr.isatty()


@contextmanager
def progress_bar(unit: str, delay: float | None = None) -> Iterator[Progress | None]:
    """Show a progress bar in a terminal or a notebook.

    Parameters
    ----------
    unit : str
        What is counted, such as "image".
    delay : float, optional
        Seconds before the bar appears; `DELAY` by default.

    Yields
    ------
    callable or None
        Takes (done, total); None outside terminals and notebooks.
    """
    if not is_interactive():
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(unit=unit, leave=False, delay=DELAY if delay is None else delay) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield update


def shows_progress(
    unit: str,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Let a function with the keyword `progress` show a bar if it is not given.

    A call with `hooks` reports its progress through them.

    Parameters
    ----------
    unit : str
        What is counted, such as "image".
    """

    def decorate(
        function: Callable[Parameters, Result],
    ) -> Callable[Parameters, Result]:
        @wraps(function)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            is_given = any(kwargs.get(name) for name in ("progress", "hooks"))
            if is_given or not is_interactive():
                return function(*args, **kwargs)
            with progress_bar(unit) as progress:
                kwargs["progress"] = progress
                return function(*args, **kwargs)

        assert "progress" in inspect.signature(function).parameters
        return call

    return decorate


def print_line(line: str) -> None:
    """Print a line above the bars that are shown."""
    from tqdm.auto import tqdm

    tqdm.write(line)
