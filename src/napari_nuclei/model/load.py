"""Loading a model into a segmenter."""

from __future__ import annotations

from pathlib import Path

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Network
from napari_nuclei.model.engine import LiteRTNetwork, load_keras_network
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    KERAS_FILE,
    LITERT_FILE,
    ModelEntry,
    find_model,
)

ENGINES = ("auto", "litert", "keras")


def load_segmenter(
    model: str | Path = DEFAULT_MODEL,
    *,
    engine: str = "auto",
    threads: int | None = None,
) -> Segmenter:
    """Load a model.

    Parameters
    ----------
    model : str or path-like
        The name of a bundled or user model, or the path of a model's folder.
    engine : str
        "litert" runs on the CPU without TensorFlow, "keras" with it, on a GPU where
        there is one; "auto" is "litert".
    threads : int, optional
        Cores that LiteRT uses; all that are available if None.

    Returns
    -------
    Segmenter

    Raises
    ------
    OSError
        If there is no such model, or a file of it is missing.
    TypeError
        If the model is neither text nor a path.
    ValueError
        If the engine is unknown or the model's card is not understood.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}; got {engine!r}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1; got {threads}")
    entry = find_model(model)
    return Segmenter(load_network(entry, engine, threads), entry.card)


def load_network(entry: ModelEntry, engine: str, threads: int | None) -> Network:
    """Load the network of a model into an engine."""
    name = KERAS_FILE if engine == "keras" else LITERT_FILE
    path = entry.folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"the model {entry.name} lacks {name} in {entry.folder}"
        )
    if engine == "keras":
        return load_keras_network(path)
    return LiteRTNetwork(path, threads=threads)
