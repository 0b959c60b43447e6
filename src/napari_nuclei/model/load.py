"""Load a model into a segmenter."""

from __future__ import annotations

from pathlib import Path

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Network
from napari_nuclei.model.engine import LiteRTNetwork, load_keras_network
from napari_nuclei.model.litert_check import check_network
from napari_nuclei.model.onnx_engine import load_onnx_network, prefers_onnx
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    KERAS_FILE,
    LITERT_FILE,
    ModelEntry,
    find_model,
)

ENGINES = ("auto", "litert", "onnx", "keras")


@suggests_keywords
def load_segmenter(
    model: str | Path | Segmenter = DEFAULT_MODEL,
    *,
    engine: str = "auto",
    threads: int | None = None,
) -> Segmenter:
    """Load a model.

    Parameters
    ----------
    model : str, path-like or Segmenter
        Name of a model, or the path of its folder. A loaded model is returned as it is.
    engine : str
        "litert" runs on the CPU and needs no TensorFlow. "onnx" runs ONNX Runtime, and
        "keras" TensorFlow; both use a GPU if there is one. "auto" is "onnx" if ONNX
        Runtime has a GPU and the network was converted before, else "litert".
    threads : int, optional
        Number of cores that LiteRT and ONNX Runtime use; all available ones by default.

    Returns
    -------
    Segmenter

    Raises
    ------
    OSError
        If there is no such model, or a file of it is missing.
    TypeError
        If `model` is none of these.
    ModuleNotFoundError
        If the engine needs a package that is not installed.
    ValueError
        If the engine is unknown, the model card cannot be read, or the network is
        damaged.

    Examples
    --------
    >>> from napari_nuclei import load_segmenter, synthetic_nuclei
    >>> image, truth = synthetic_nuclei((128, 128), seed=0)
    >>> labels = load_segmenter("nuclei-fast").segment(image)
    >>> labels.shape, labels.dtype
    ((128, 128), dtype('int32'))
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}; got {engine!r}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1; got {threads}")
    if isinstance(model, Segmenter):
        return model
    entry = find_model(model)
    return Segmenter(load_network(entry, engine, threads), entry.card, entry.folder)


def load_network(entry: ModelEntry, engine: str, threads: int | None) -> Network:
    """Load a model's network with an engine of `ENGINES`."""
    if engine == "onnx" or (engine == "auto" and prefers_onnx(entry)):
        return load_onnx_network(entry, threads)
    name = KERAS_FILE if engine == "keras" else LITERT_FILE
    path = entry.folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"The model {entry.name} has no {name} in {entry.folder}; import it again"
        )
    if engine == "keras":
        return load_keras_network(path, entry.card)
    return LiteRTNetwork(path, threads=threads, sha256=check_network(entry))
