"""Show progress as a bar on a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_nuclei.core.tiling import Progress


@contextmanager
def progress_bar(unit: str) -> Iterator[Progress | None]:
    """Show a progress bar if standard error is a terminal.

    Parameters
    ----------
    unit : str
        What is counted, such as "image".

    Yields
    ------
    callable or None
        Takes (done, total); None if no bar is shown.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=unit, leave=False) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield update
