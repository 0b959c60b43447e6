"""Run the network with ONNX Runtime, on a GPU if there is one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.io.optional_packages import (
    import_extra,
    is_installed,
    require_tensorflow,
)
from napari_nuclei.model.child_task import ChildTaskError, run_in_child_process
from napari_nuclei.model.engine import Floats, available_cores, choose_batch_size
from napari_nuclei.model.hashes import file_hash
from napari_nuclei.model.store import (
    KERAS_FILE,
    ModelEntry,
    find_model,
    models_folder,
)

ONNX_FOLDER = ".onnx"
"""Hidden folder, in the folder of user models, with the networks as ONNX files. Their
names are the hashes of the `.keras` files."""

GPU_PROVIDERS = (
    "CUDAExecutionProvider",
    "ROCMExecutionProvider",
    "DmlExecutionProvider",
    "CoreMLExecutionProvider",
)
"""Providers of ONNX Runtime that use a GPU, in the order of preference."""

OTHER_PROVIDERS = ("OpenVINOExecutionProvider", "CPUExecutionProvider")
"""Providers that are used if there is no GPU, or for layers that it cannot run."""

EXPORT_TIMEOUT = 300.0
"""Seconds to convert a network in a child process."""

EXPORT_MEMORY = 8 << 30
"""Memory that the conversion may request, in bytes."""

GPU_TILES = 64
"""Tiles of 128x128 px in a call on a GPU."""


class OnnxNetwork:
    """Call an ONNX file as a function of tiles.

    Parameters
    ----------
    path : Path
        File that `encode_onnx` has written.
    threads : int, optional
        Number of cores for layers that run on the CPU; all available ones by default.

    Attributes
    ----------
    provider : str
        Name of the provider that ONNX Runtime chose first.

    Raises
    ------
    ModuleNotFoundError
        If ONNX Runtime is not installed.
    ValueError
        If the file is damaged.
    """

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        runtime = import_extra("onnxruntime")
        self._arguments = (path, threads)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads or available_cores()
        options.log_severity_level = 3  # errors only
        try:
            self._session = runtime.InferenceSession(
                str(path), options, providers=list_providers()
            )
        except Exception as error:  # its errors have no common class
            raise ValueError(
                f"{path} cannot be opened ({error}). Delete it; it is made again"
            ) from error
        self.provider: str = self._session.get_providers()[0]
        self._name: str = self._session.get_inputs()[0].name

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path only; each process opens the file once."""
        return get_cached_onnx, self._arguments

    @property
    def description(self) -> str:
        """The engine and its provider, such as "ONNX Runtime (CUDA)"."""
        return f"ONNX Runtime ({self.provider.removesuffix('ExecutionProvider')})"

    def at_once(self, side: int) -> int:
        """Return how many tiles of `side` pixels a call needs to be fast."""
        if self.provider in GPU_PROVIDERS:
            return max(1, GPU_TILES * 128**2 // side**2)
        return choose_batch_size(side)

    def __call__(self, tiles: Floats) -> Floats:
        """Return the network's output.

        Parameters
        ----------
        tiles : ndarray of float32, shape (N, Y, X, C)

        Returns
        -------
        ndarray of float32, shape (N, Y, X, D)
        """
        (output,) = self._session.run(None, {self._name: np.ascontiguousarray(tiles)})
        return np.asarray(output, np.float32)


def load_onnx_network(entry: ModelEntry, threads: int | None = None) -> OnnxNetwork:
    """Return a model's network for ONNX Runtime; the first time it is converted.

    Parameters
    ----------
    entry : ModelEntry
    threads : int, optional
        Number of cores for layers that run on the CPU.

    Raises
    ------
    ModuleNotFoundError
        If ONNX Runtime is not installed, or a package that converts the network.
    OSError
        If the network cannot be read, or its ONNX file not be written.
    ValueError
        If the network cannot be converted.
    """
    import_extra("onnxruntime")
    path = onnx_path(entry)
    if not path.is_file():
        convert_to_onnx(entry, path)
    return OnnxNetwork(path, threads=threads)


def onnx_path(entry: ModelEntry) -> Path:
    """Return the path of a model's network as an ONNX file, which need not exist."""
    digest = entry.card.sha256.get(KERAS_FILE) or file_hash(entry.folder / KERAS_FILE)
    return models_folder() / ONNX_FOLDER / f"{digest}.onnx"


def convert_to_onnx(entry: ModelEntry, path: Path) -> None:
    """Convert a network in a child process, so that TensorFlow is not loaded here."""
    require_tensorflow()
    for package in ("onnx", "tf2onnx"):
        if not is_installed(package):
            import_extra(package)  # the error names the command
    path.parent.mkdir(parents=True, exist_ok=True)
    arguments = {"folder": str(entry.folder.absolute()), "path": str(path.absolute())}
    try:
        run_in_child_process(
            "export_onnx", arguments, timeout=EXPORT_TIMEOUT, memory=EXPORT_MEMORY
        )
    except ChildTaskError as error:
        raise ValueError(f"{entry.folder / KERAS_FILE} {error}") from error


def export_onnx(folder: str, path: str) -> dict[str, Any]:
    """Write the network of a model's folder as ONNX; called in a child process.

    Returns
    -------
    dict
        Empty.
    """
    from napari_nuclei.model.exports.export_formats import ONNX
    from napari_nuclei.model.exports.network_files import write_network

    write_network(find_model(Path(folder)), Path(path), ONNX)
    return {}


def list_providers() -> list[str]:
    """Return the providers that are installed, those with a GPU first."""
    available = import_extra("onnxruntime").get_available_providers()
    return [name for name in (*GPU_PROVIDERS, *OTHER_PROVIDERS) if name in available]


def prefers_onnx(entry: ModelEntry) -> bool:
    """Return whether ONNX Runtime is the fastest engine: it has a GPU.

    The network must have been converted, which needs TensorFlow: run it with
    ``engine="onnx"`` once.
    """
    if not is_installed("onnxruntime") or not onnx_path(entry).is_file():
        return False
    return any(name in GPU_PROVIDERS for name in list_providers())


@cache
def get_cached_onnx(path: Path, threads: int | None) -> OnnxNetwork:
    """Return the network of a file, the same object for every call."""
    return OnnxNetwork(path, threads=threads)
