"""Print warnings that are meant for users as one line each."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from napari_nuclei.config.fields import OLD_NAMES
from napari_nuclei.core.errors import ImageWarning


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print warnings about images and old names as lines on standard error.

    Python shows no DeprecationWarning of a package, and other warnings with the path
    and the source line of their origin. All other warnings are shown as before.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("always", category=ImageWarning)
        warnings.filterwarnings("always", f"{OLD_NAMES} ", DeprecationWarning)
        show = warnings.showwarning

        def show_line(
            message: Warning | str, category: type[Warning], *origin: Any, **more: Any
        ) -> None:
            if category is ImageWarning or str(message).startswith(OLD_NAMES):
                print(f"napari-nuclei: {message}", file=sys.stderr)
            else:
                show(message, category, *origin, **more)

        warnings.showwarning = show_line
        yield
