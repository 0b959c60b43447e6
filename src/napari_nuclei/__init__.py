"""Find cell nuclei in microscope images, and train models on new kinds of images.

>>> from napari_nuclei import load_segmenter
>>> labels = load_segmenter().segment(image)  # doctest: +SKIP

``__init__.pyi`` lists the public names and the modules that define them. A module is
imported when one of its names is first used.
"""

from __future__ import annotations

import lazy_loader

try:
    from napari_nuclei._version import __version__
except ModuleNotFoundError:  # a clone that was not built; see pyproject.toml
    __version__ = "0.1.0.dev0"

__getattr__, _, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __dir__() -> list[str]:
    """Return the public names and Python's own; submodules are not public."""
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
