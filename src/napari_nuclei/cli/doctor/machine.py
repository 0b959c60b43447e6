"""What the computer has: system, cores, memory, versions of packages."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from napari_nuclei import __version__
from napari_nuclei.model.engine import available_cores

PACKAGES = (
    *("numpy", "scipy", "scikit-image", "opencv-python-headless", "pandas", "tifffile"),
    *("ai-edge-litert", "keras", "tensorflow", "napari", "PyQt6", "PySide6", "PyQt5"),
    *("zarr", "ome-zarr", "dask", "pyarrow", "laptrack", "tiffslide", "distributed"),
    *("bioio", "bioio-czi", "bioio-lif", "bioio-nd2"),
)
"""Packages whose versions matter if something does not work."""


def describe_machine() -> list[str]:
    """Return lines about the computer."""
    memory = memory_bytes()
    return [
        f"napari-nuclei {__version__}",
        f"Python {platform.python_version()} ({sys.executable})",
        f"{platform.platform()}, {platform.machine()}",
        f"{available_cores()} cores",
        f"{memory / 2**30:.0f} GiB memory" if memory else "memory unknown",
    ]


def describe_packages() -> list[str]:
    """Return a line with the version of each installed package."""
    return [
        f"{name} {number}" for name in PACKAGES if (number := installed_version(name))
    ]


def installed_version(package: str) -> str:
    """Return the version of a package; empty if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def memory_bytes() -> int:
    """Return the memory of the computer, in bytes; 0 if the system does not say."""
    if sys.platform == "win32":
        return windows_memory_bytes()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def windows_memory_bytes() -> int:
    """Return the memory of a computer with Windows, in kibibytes times 1024."""
    size = ctypes.c_ulonglong()
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  (Windows only)
    done = kernel.GetPhysicallyInstalledSystemMemory(ctypes.byref(size))
    return size.value * 1024 if done else 0
