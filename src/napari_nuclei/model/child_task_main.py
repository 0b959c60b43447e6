"""The program of the child process that opens model files: one request, one answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from napari_nuclei.core.errors import format_error


def limit_resources(memory: int, seconds: float) -> None:
    """Limit the memory, in bytes, and the processor time of this process.

    The processor time ends a child process whose parent was killed. Windows has no
    limits of this kind, and macOS does not enforce that of memory.
    """
    try:
        import resource
    except ImportError:
        return
    processor = int(seconds) * (os.cpu_count() or 1) + 1
    for limit, value in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_CORE, 0),  # a crash writes no file
    ):
        _, hard = resource.getrlimit(limit)
        if hard == resource.RLIM_INFINITY or value <= hard:
            resource.setrlimit(limit, (value, hard))


def try_network(**arguments: Any) -> dict[str, Any]:
    """Load and run a `.tflite` file; see `litert_check.try_network`."""
    from napari_nuclei.model.litert_check import try_network

    return try_network(**arguments)


def read_weights(**arguments: Any) -> dict[str, Any]:
    """Read the weights of a `.keras` or HDF5 file; see `keras_weights.read_weights`."""
    from napari_nuclei.model.keras_weights import read_weights

    return read_weights(**arguments)


def convert_keras(**arguments: Any) -> dict[str, Any]:
    """Convert a `.keras` file; see `foreign.convert_keras`."""
    from napari_nuclei.model.foreign import convert_keras

    return convert_keras(**arguments)


def export_onnx(**arguments: Any) -> dict[str, Any]:
    """Write a network as an ONNX file; see `onnx_engine.export_onnx`."""
    from napari_nuclei.model.onnx_engine import export_onnx

    return export_onnx(**arguments)


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "try_network": try_network,
    "read_weights": read_weights,
    "convert_keras": convert_keras,
    "export_onnx": export_onnx,
}


def main() -> None:
    """Read a request from standard input; write the answer to standard output."""
    # Libraries print to standard output too: redirect that to standard error.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    task = TASKS[request["task"]]
    print("started", file=channel, flush=True)
    limit_resources(request["memory"], request["seconds"])
    try:
        answer: dict[str, Any] = {"result": task(**request["arguments"])}
    except MemoryError:
        answer = {"error": "needs too much memory. Use a smaller network"}
    except Exception as error:  # a damaged file makes libraries raise any error
        answer = {"error": format_error(error)}
    print(json.dumps(answer), file=channel, flush=True)
    # Skip clean-up: after a damaged file it may crash.
    os._exit(0)
