"""Whether the models load, and where files are."""

from __future__ import annotations

from dataclasses import dataclass

from napari_nuclei.core.errors import as_one_line, format_error
from napari_nuclei.model.hashes import file_hash
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.native_output import suppress_native_output
from napari_nuclei.model.store import (
    BUNDLED,
    LITERT_FILE,
    ModelEntry,
    invalid_models,
    list_models,
    models_folder,
)


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """Result of loading a model.

    Attributes
    ----------
    line : str
        The name, the beginning of the hash of the network, and the result.
    ok : bool
        Whether the model loads.
    bundled : bool
        Whether the model is part of the package.
    """

    line: str
    ok: bool
    bundled: bool = False


def check_models() -> list[ModelCheck]:
    """Load every model with LiteRT, and return what happened."""
    checks = [check_model(entry) for entry in list_models()]
    try:
        broken = invalid_models()
    except OSError as error:
        broken = {str(models_folder()): format_error(error)}
    checks += [
        ModelCheck(as_one_line(f"{name}: broken, {text}"), False)
        for name, text in broken.items()
    ]
    return checks


def check_model(entry: ModelEntry) -> ModelCheck:
    """Load a model with LiteRT."""
    name = f"{entry.name} ({'bundled' if entry.bundled else 'yours'})"
    try:
        with suppress_native_output():
            load_segmenter(entry.folder)
        digest = file_hash(entry.folder / LITERT_FILE)[:12]
    except (OSError, RuntimeError, ValueError) as error:
        text = f"{name}: does not load, {format_error(error)}"
        return ModelCheck(as_one_line(text), False, entry.bundled)
    return ModelCheck(as_one_line(f"{name}: loads, {digest}"), True, entry.bundled)


def describe_folders() -> list[str]:
    """Return lines about where files are."""
    return [
        f"bundled models: {BUNDLED}",
        f"your models and trainings: {models_folder()} "
        "(the variable NAPARI_NUCLEI_MODELS names another folder)",
    ]
