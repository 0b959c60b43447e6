"""Find, add and remove models, each in a folder of its own.

A folder `<name>/` holds `model.keras`, `model.tflite` and `card.json`. The folder of a
trained model also holds the history and the figures of its training.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.errors import format_error
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.hashes import check_hash, file_hash
from napari_nuclei.model.replacement import restore_replaced

if TYPE_CHECKING:
    from napari_nuclei.core.segmenter import Segmenter

DEFAULT_MODEL = "nuclei"
BUNDLED = Path(__file__).resolve().parent.parent / "bundled"
KERAS_FILE, LITERT_FILE, CARD_FILE = "model.keras", "model.tflite", "card.json"
ANNOTATIONS_FILE = "annotations.npz"
"""File, if it was saved, with the images and labels that the model was trained on."""

MAX_CARD_BYTES = 4 << 20
"""Largest size of a model card, in bytes; usual ones have a few kilobytes."""

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


def check_name_available(
    name: str, remedy: str = "choose another name or remove it"
) -> None:
    """Raise ValueError if a name is not allowed, FileExistsError if it is taken.

    `remedy` says what to do if a model of the user has the name.
    """
    check_model_name(name)
    if (BUNDLED / name).exists():
        raise FileExistsError(
            f"There is a bundled model named {name}; choose another name"
        )
    if (models_folder() / name).exists():
        raise FileExistsError(f"There is already a model named {name}; {remedy}")


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
    if path.stat().st_size > MAX_CARD_BYTES:
        raise ValueError(
            f"{path} is not a model card (it is over {MAX_CARD_BYTES >> 20} MiB)"
        )
    try:
        return ModelCard.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except RecursionError:
        raise ValueError(f"{path} is not a model card (nested too deeply)") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a model card ({error})") from error


def read_entry(folder: Path) -> ModelEntry:
    """Read the model in a folder.

    The name of a user model is that of its folder. The card has another name if the
    folder was copied, or a process was killed while it renamed the model. The errors
    are those of `read_card`.
    """
    card = read_card(folder)
    if folder.parent == models_folder() and MODEL_NAME_PATTERN.fullmatch(folder.name):
        card = replace(card, name=folder.name)
    return ModelEntry(folder.name, folder, folder.parent == BUNDLED, card)


def list_model_folders(parent: Path) -> list[Path]:
    """Return the visible folders in a folder of models, sorted by name.

    Raises OSError if the folder cannot be read.
    """
    entries = sorted(parent.iterdir()) if parent.is_dir() else []
    return [
        folder
        for folder in entries
        if not folder.name.startswith(".") and folder.is_dir()
    ]


@suggests_keywords
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
    restore_replaced(models_folder())
    for parent in (BUNDLED, models_folder()):
        with suppress(OSError):  # a folder that cannot be read hides no other models
            for folder in list_model_folders(parent):
                with suppress(OSError, ValueError):
                    entries.append(read_entry(folder))
    return entries


def invalid_models() -> dict[str, str]:
    """Return the error message of each user model that cannot be read, by name.

    Raises OSError if the folder of user models cannot be read.
    """
    errors = {}
    for folder in list_model_folders(models_folder()):
        try:
            read_card(folder)
        except (OSError, ValueError) as error:
            errors[folder.name] = format_error(error)
    return errors


def find_model(model: str | Path | Segmenter) -> ModelEntry:
    """Find a model by its name or by the path of its folder.

    Parameters
    ----------
    model : str, path-like or Segmenter
        A name, the path of a folder (`~` stands for the home folder), or a loaded
        model.

    Returns
    -------
    ModelEntry

    Raises
    ------
    OSError
        If there is no such model; the message lists the names of all models.
    TypeError
        If `model` is none of these.
    ValueError
        If the model card cannot be read, or the path is a file.
    """
    if not isinstance(model, (str, os.PathLike)):
        loaded_from = getattr(model, "folder", None)
        if loaded_from is None:
            raise TypeError(
                f"model must be a name or a folder; got {model!r:.60}. A Segmenter "
                "must be loaded from a folder"
            )
        model = Path(loaded_from)
    if isinstance(model, str):
        bundled = BUNDLED / model
        if MODEL_NAME_PATTERN.fullmatch(model) and bundled.is_dir():
            return read_entry(bundled)
        for entry in list_models():
            if entry.name == model:
                return entry
    folder = Path(model).expanduser()
    if not folder.exists() and MODEL_NAME_PATTERN.fullmatch(str(model)):
        # It may be a user model with a broken card: reading the card raises the reason.
        folder = models_folder() / model
    if folder.is_dir():
        return read_entry(folder)
    if folder.is_file():
        raise ValueError(
            f"{model} is a file, not a model's folder; import it first: "
            f"napari-nuclei models import {model}"
        )
    names = ", ".join(entry.name for entry in list_models()) or "none"
    raise FileNotFoundError(f"There is no model {model}; the models are: {names}")


@suggests_keywords
def load_model_card(model: str | Path | Segmenter) -> ModelCard:
    """Load the model card of a model.

    Parameters
    ----------
    model : str, path-like or Segmenter
        Name of a model, the path of its folder, or a loaded model.

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
        If `model` is none of these.
    ValueError
        If the model card cannot be read.

    Examples
    --------
    >>> load_model_card("nuclei").channels
    ('foreground', 'distance', 'offset_y', 'offset_x')
    """
    return find_model(model).card


def write_card(folder: Path, card: ModelCard) -> ModelCard:
    """Write the model card of a complete model; return it with the files' hashes."""
    hashes = {
        name: file_hash(folder / name)
        for name in (KERAS_FILE, LITERT_FILE)
        if (folder / name).is_file()
    }
    card = replace(card, sha256=hashes)
    save_card(folder, card)
    return card


def save_card(folder: Path, card: ModelCard) -> None:
    """Write a model card with the hashes that it has."""
    write_atomic(folder / CARD_FILE, card_text(card).encode())


def card_text(card: ModelCard) -> str:
    """Return the content of the file of a model card."""
    return json.dumps(card.as_dict(), indent=2) + "\n"


def check_model_files(folder: Path, card: ModelCard) -> None:
    """Raise ValueError if files of a model are missing or differ from its card."""
    for name in (KERAS_FILE, LITERT_FILE):
        path = folder / name
        if not path.is_file():
            raise ValueError(f"{folder} lacks {name}; export the model again")
        check_hash(path, card, file_hash(path))
