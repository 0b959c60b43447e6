"""Find, add and remove models, each in a folder of its own.

A folder `<name>/` holds `model.keras`, `model.tflite` and `card.json`. The folder of a
trained model also holds the history and the figures of its training.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_data_path

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.errors import format_error
from napari_nuclei.io.atomic import prepare_folder, write_atomic

DEFAULT_MODEL = "nuclei"
BUNDLED = Path(__file__).resolve().parent.parent / "bundled"
KERAS_FILE, LITERT_FILE, CARD_FILE = "model.keras", "model.tflite", "card.json"
ANNOTATIONS_FILE = "annotations.npz"
"""File, if it was saved, with the images and labels that the model was trained on."""

MODEL_NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model in a folder.

    Attributes
    ----------
    name : str
        Name of the folder.
    folder : Path
        Folder with the model's files.
    bundled : bool
        Whether the model is part of the package.
    card : ModelCard
        Model card, read from `card.json`.
    """

    name: str
    folder: Path
    bundled: bool
    card: ModelCard


def models_folder() -> Path:
    """Return the folder of the user's models; NAPARI_NUCLEI_MODELS overrides it."""
    override = os.environ.get("NAPARI_NUCLEI_MODELS")
    if override:
        return Path(override)
    return user_data_path("napari-nuclei", appauthor=False) / "models"


def check_model_name(name: str) -> None:
    """Raise ValueError if `name` is not allowed as the name of a model."""
    if not MODEL_NAME_PATTERN.fullmatch(name):
        raise ValueError(
            "name must be 1 to 64 letters, digits, dots, dashes or underscores and "
            f"begin with a letter or digit; got {name!r}"
        )


def check_name_available(name: str) -> None:
    """Raise ValueError if a name is not allowed, FileExistsError if it is taken."""
    check_model_name(name)
    if (BUNDLED / name).exists():
        raise FileExistsError(
            f"There is a bundled model named {name}; choose another name"
        )
    if (models_folder() / name).exists():
        raise FileExistsError(
            f"There is already a model named {name}; choose another name or remove it"
        )


def read_card(folder: Path) -> ModelCard:
    """Read the model card in a folder.

    Raises
    ------
    OSError
        If the folder has no model card.
    ValueError
        If the model card cannot be read.
    """
    path = folder / CARD_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{folder} is not a model: it has no {CARD_FILE}")
    try:
        return ModelCard.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a model card ({error})") from error


def list_model_folders(parent: Path) -> list[Path]:
    """Return the visible folders in a folder of models, sorted by name."""
    found = sorted(parent.iterdir()) if parent.is_dir() else []
    return [x for x in found if x.is_dir() and not x.name.startswith(".")]


def list_models() -> list[ModelEntry]:
    """List the models that can be used.

    Models whose model card cannot be read are left out.

    Returns
    -------
    list of ModelEntry
        The bundled models, then the user's own, each sorted by name.

    Examples
    --------
    >>> [entry.name for entry in list_models() if entry.bundled]
    ['nuclei', 'nuclei-fast']
    """
    entries = []
    for parent, bundled in ((BUNDLED, True), (models_folder(), False)):
        for folder in list_model_folders(parent):
            with suppress(OSError, ValueError):
                card = read_card(folder)
                entries.append(ModelEntry(folder.name, folder, bundled, card))
    return entries


def invalid_models() -> dict[str, str]:
    """Return the error message of each user model that cannot be read, by name."""
    errors = {}
    for folder in list_model_folders(models_folder()):
        try:
            read_card(folder)
        except (OSError, ValueError) as error:
            errors[folder.name] = format_error(error)
    return errors


def find_model(model: str | Path) -> ModelEntry:
    """Find a model by its name or by the path of its folder.

    Parameters
    ----------
    model : str or path-like
        A name, or the path of a folder; `~` stands for the home folder.

    Returns
    -------
    ModelEntry

    Raises
    ------
    OSError
        If there is no such model; the message lists the names of all models.
    TypeError
        If `model` is neither text nor a path.
    ValueError
        If the model card cannot be read, or the path is a file.
    """
    if not isinstance(model, (str, os.PathLike)):
        raise TypeError(f"model must be a name or a folder; got {model!r:.60}")
    if isinstance(model, str):
        bundled = BUNDLED / model
        if MODEL_NAME_PATTERN.fullmatch(model) and bundled.is_dir():
            return ModelEntry(model, bundled, True, read_card(bundled))
        for entry in list_models():
            if entry.name == model:
                return entry
    folder = Path(model).expanduser()
    if not folder.exists() and MODEL_NAME_PATTERN.fullmatch(str(model)):
        # It may be a user model with a broken card: reading the card raises the reason.
        folder = models_folder() / model
    if folder.is_dir():
        return ModelEntry(folder.name, folder, False, read_card(folder))
    if folder.is_file():
        raise ValueError(
            f"{model} is a file, not a model's folder; import it first: "
            f"napari-nuclei models import {model}"
        )
    names = ", ".join(entry.name for entry in list_models()) or "none"
    raise FileNotFoundError(f"There is no model {model}; the models are: {names}")


def load_model_card(model: str | Path) -> ModelCard:
    """Load the model card of a model.

    Parameters
    ----------
    model : str or path-like
        Name of a model, or the path of its folder.

    Returns
    -------
    ModelCard
        What the model is for, its network's channels, its thresholds, and how it was
        trained and evaluated.

    Raises
    ------
    OSError
        If there is no such model.
    TypeError
        If `model` is neither text nor a path.
    ValueError
        If the model card cannot be read.

    Examples
    --------
    >>> load_model_card("nuclei").channels
    ('foreground', 'distance', 'offset_y', 'offset_x')
    """
    return find_model(model).card


def file_hash(path: Path) -> str:
    """Return the SHA-256 hash of a file as hexadecimal text."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_card(folder: Path, card: ModelCard) -> ModelCard:
    """Write the model card of a complete model; return it with the files' hashes."""
    hashes = {
        name: file_hash(folder / name)
        for name in (KERAS_FILE, LITERT_FILE)
        if (folder / name).is_file()
    }
    card = replace(card, sha256=hashes)
    text = json.dumps(card.as_dict(), indent=2) + "\n"
    write_atomic(folder / CARD_FILE, text.encode())
    return card


@contextmanager
def stage_model(name: str, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder that becomes a user model when the block ends.

    Parameters
    ----------
    name : str
        Name of the new model.
    overwrite : bool
        Replace a user model of this name, once the new one is complete.

    Yields
    ------
    Path
        A hidden folder; it is removed if the block raises.

    Raises
    ------
    OSError, ValueError
        If the name is taken or not allowed, or the folder cannot be written.
    """
    if overwrite and not (BUNDLED / name).exists():
        check_model_name(name)
    else:
        check_name_available(name)
    models = models_folder()
    prepare_folder(models)
    partial = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=models))
    target = models / name
    try:
        yield partial
        read_card(partial)
        partial.chmod(0o755)
        earlier = None
        if target.exists():
            earlier = models / f".{name}-replaced"
            shutil.rmtree(earlier, ignore_errors=True)
            target.rename(earlier)
        try:
            partial.rename(target)
        except OSError:
            if earlier:
                earlier.rename(target)
            raise
        if earlier:
            shutil.rmtree(earlier, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_model_files(folder: Path, card: ModelCard) -> None:
    """Raise ValueError if files of a model are missing or differ from its card."""
    for name in (KERAS_FILE, LITERT_FILE):
        path = folder / name
        if not path.is_file():
            raise ValueError(f"{folder} lacks {name}; export the model again")
        if name in card.sha256 and file_hash(path) != card.sha256[name]:
            raise ValueError(f"{path} is damaged: its hash differs from the model card")
