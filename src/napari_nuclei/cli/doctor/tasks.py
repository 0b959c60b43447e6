"""Tasks that need packages of their own, and the command that brings them."""

from __future__ import annotations

from dataclasses import dataclass

from napari_nuclei.io.optional_packages import (
    describe_missing_tensorflow,
    is_installed,
)


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a user.

    Attributes
    ----------
    name : str
    modules : tuple of str
        Modules that the task needs.
    command : str
        Command that installs them.
    """

    name: str
    modules: tuple[str, ...]
    command: str

    def missing(self) -> list[str]:
        """Return the modules that are not installed."""
        return [module for module in self.modules if not is_installed(module)]


def extra(name: str) -> str:
    """Return the command that installs an extra."""
    return f"python -m pip install 'napari-nuclei[{name}]'"


BIOIO_MODULES = ("bioio", "bioio_czi", "bioio_lif", "bioio_nd2")

TASKS = (
    Task("docks in napari", ("napari",), extra("all")),
    Task("OME-Zarr and zarr", ("zarr", "ome_zarr"), extra("large")),
    Task("tables as parquet", ("pyarrow",), extra("large")),
    Task("nuclei over time", ("laptrack",), extra("tracks")),
    Task("whole slides", ("tiffslide", "zarr"), extra("slides")),
    Task("CZI, LIF and ND2", BIOIO_MODULES, extra("bioio")),
    Task("several computers", ("distributed", "zarr"), extra("cluster")),
    Task("models as ONNX", ("onnx", "tf2onnx", "tensorflow"), extra("export")),
)
"""Tasks besides segmenting, measuring and training."""


def describe_tasks() -> list[str]:
    """Return a line for each task: that it works, or what is missing and what to do."""
    problem = describe_missing_tensorflow()
    lines = [f"training: {problem or 'yes'}"]
    for task in TASKS:
        missing = task.missing()
        text = f"no, without {', '.join(missing)}: {task.command}" if missing else "yes"
        lines.append(f"{task.name}: {text}")
    return lines
