from __future__ import annotations

import logging
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from napari_nuclei.io.microscopes import plugins

Sizes = namedtuple("Sizes", "Z Y X")


class BioImage:
    """A stand-in for bioio.BioImage that reads what `write_scene` wrote."""

    def __init__(self, path: Path) -> None:
        import dask.array

        try:
            with path.open("rb") as file, np.load(file) as content:
                pixels = content["pixels"]
                self.scenes = tuple(content["scenes"])
                self.channel_names = list(content["channels"])
                sizes = content["sizes"].tolist()
        except ValueError:
            log = logging.getLogger("bioio.bio_image")
            log.warning("Attempted file load failed with error: no\nscenes here")
            raise
        order = str("TCZYXS"[: pixels.ndim])
        self.dims = SimpleNamespace(order=order)
        chunks = (1, 1, *pixels.shape[2:])
        self.dask_data = dask.array.from_array(pixels, chunks=chunks)
        self._first = self.dask_data
        self.physical_pixel_sizes = Sizes(*(None if s < 0 else s for s in sizes))

    def set_scene(self, number: int) -> None:
        """Choose a scene; its values are those of the first plus its number."""
        self.dask_data = self._first + self._first.dtype.type(number)


def write_scene(
    path: Path,
    pixels: np.ndarray[Any, Any],
    *,
    sizes: tuple[float, float, float] = (-1, -1, -1),
    scenes: tuple[str, ...] = ("Image:0",),
    channels: tuple[str, ...] = (),
) -> None:
    """Write what `BioImage` reads; a negative size is not stated."""
    values = {"pixels": pixels, "sizes": sizes, "scenes": scenes, "channels": channels}
    with path.open("wb") as file:
        np.savez(file, **{k: np.array(v) for k, v in values.items()})


@pytest.fixture
def save_scene() -> Callable[..., None]:
    """Return the function that writes what the stand-in for bioio reads."""
    return write_scene


@pytest.fixture
def fake_bioio(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a stand-in for bioio with plugins for CZI and for files named .abc."""
    bioio, registry = ModuleType("bioio"), ModuleType("bioio.plugins")
    bioio.BioImage = BioImage  # type: ignore[attr-defined]
    suffixes = {".czi": [], ".abc": [], ".tif": []}
    registry.get_plugins = lambda use_cache: suffixes  # type: ignore[attr-defined]
    for name, module in {"bioio": bioio, "bioio.plugins": registry}.items():
        monkeypatch.setitem(sys.modules, name, module)
    installed = {"bioio", "bioio_czi"}
    monkeypatch.setattr(plugins, "is_installed", installed.__contains__)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [group])
    yield from without_cache()


@pytest.fixture
def no_bioio(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Behave as if bioio were not installed."""
    monkeypatch.setattr(plugins, "is_installed", lambda name: False)
    yield from without_cache()


def without_cache() -> Iterator[None]:
    caches = (plugins.readable_suffixes, plugins.plugin_suffixes)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()
