"""Models as folders: where they live, and how they are found, added and removed.

A folder `<name>/` holds `model.keras`, `model.tflite` and `card.json`, and what its
training left beside them.
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
"""Where there is one: the images and labels that the model was trained on."""

MODEL_NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be used.

    Attributes
    ----------
    name : str
    folder : Path
    bundled : bool
        Whether it came with the package.
    card : ModelCard
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
    """Raise ValueError unless `name` can name a model."""
    if not MODEL_NAME_PATTERN.fullmatch(name):
        raise ValueError(
            "name must be 1 to 64 letters, digits, dots, dashes or underscores and "
            f"begin with a letter or digit; got {name!r}"
        )


def check_name_available(name: str) -> None:
    """Raise an error unless `name` is a good name that no model has."""
    check_model_name(name)
    if (BUNDLED / name).exists():
        raise FileExistsError(f"a bundled model is named {name}; choose another name")
    if (models_folder() / name).exists():
        raise FileExistsError(
            f"there is a model named {name} already; choose another name or remove it"
        )


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model's folder.

    Raises
    ------
    OSError
        If the folder has no card.
    ValueError
        If the card is not understood.
    """
    path = folder / CARD_FILE
    if not path.is_file():
        raise FileNotFoundError(f"{folder} is not a model: it has no {CARD_FILE}")
    try:
        return ModelCard.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a model's card ({error})") from error


def list_model_folders(place: Path) -> list[Path]:
    """Return the folders in a folder of models, by name, without hidden ones."""
    found = sorted(place.iterdir()) if place.is_dir() else []
    return [x for x in found if x.is_dir() and not x.name.startswith(".")]


def list_models() -> list[ModelEntry]:
    """Return the bundled models, then the user's, by name; broken ones are left out."""
    entries = []
    for place, bundled in ((BUNDLED, True), (models_folder(), False)):
        for folder in list_model_folders(place):
            with suppress(OSError, ValueError):
                card = read_card(folder)
                entries.append(ModelEntry(folder.name, folder, bundled, card))
    return entries


def invalid_models() -> dict[str, str]:
    """Return why those of the user's models that are not listed cannot be used."""
    broken = {}
    for folder in list_model_folders(models_folder()):
        try:
            read_card(folder)
        except (OSError, ValueError) as error:
            broken[folder.name] = format_error(error)
    return broken


def find_model(name: str | Path) -> ModelEntry:
    """Find a model by its name or by its folder.

    Raises
    ------
    OSError
        If there is no such model; the message lists those there are.
    TypeError
        If it is neither text nor a path.
    ValueError
        If the folder's card is not understood.
    """
    if not isinstance(name, (str, os.PathLike)):
        raise TypeError(f"model must be a name or a folder; got {name!r:.60}")
    if isinstance(name, str):
        bundled = BUNDLED / name
        if MODEL_NAME_PATTERN.fullmatch(name) and bundled.is_dir():
            return ModelEntry(name, bundled, True, read_card(bundled))
        for entry in list_models():
            if entry.name == name:
                return entry
    folder = Path(name)
    if not folder.exists() and MODEL_NAME_PATTERN.fullmatch(str(name)):
        folder = models_folder() / name  # a broken one: its card says why
    if folder.is_dir():
        return ModelEntry(folder.name, folder, False, read_card(folder))
    if folder.is_file():
        raise ValueError(
            f"{name} is a file, not a model's folder; import it first: "
            f"napari-nuclei models import {name}"
        )
    known = ", ".join(entry.name for entry in list_models()) or "none"
    raise FileNotFoundError(f"there is no model {name}; the models are: {known}")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_card(folder: Path, card: ModelCard) -> ModelCard:
    """Write the card of a model whose files are complete; return it with hashes."""
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
    """Give a folder to fill; it takes its name only when the block ends well.

    Parameters
    ----------
    name : str
    overwrite : bool
        Replace a model of the user's that has the name; it stays until the new one
        is complete.

    Yields
    ------
    Path
        A hidden folder beside the models; removed if the block raises.

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


def remove_model(name: str) -> None:
    """Delete a model of the user's.

    Raises
    ------
    OSError
        If there is no such model, or it came with the package.
    ValueError
        If the name cannot be that of a model.
    """
    check_model_name(name)
    if (BUNDLED / name).exists():
        raise PermissionError(f"{name} came with the package and cannot be removed")
    folder = models_folder() / name  # its card may be broken
    if not folder.is_dir():
        raise FileNotFoundError(f"{name} is not among the models in {models_folder()}")
    hidden = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=models_folder()))
    folder.rename(hidden / name)
    shutil.rmtree(hidden)


def check_model_files(folder: Path, card: ModelCard) -> None:
    """Raise ValueError if a model's files are missing or not those of its card."""
    for name in (KERAS_FILE, LITERT_FILE):
        path = folder / name
        if not path.is_file():
            raise ValueError(f"{folder} lacks {name}")
        if name in card.sha256 and file_hash(path) != card.sha256[name]:
            raise ValueError(f"{path} is damaged: it does not match the card's hash")
