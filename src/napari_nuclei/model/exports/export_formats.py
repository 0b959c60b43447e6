"""The formats in which models are exported, and how the name of a file chooses one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format of an exported model.

    Attributes
    ----------
    name : str
        Name for `format=` and `--format`.
    suffix : str
        Ending of its files.
    description : str
        What the file holds, and who reads it.
    """

    name: str
    suffix: str
    description: str


ZIP = ExportFormat("zip", ".zip", "all files and a self-test, for models import")
BIOIMAGEIO = ExportFormat(
    "bioimageio", ".bioimageio.zip", "package of bioimage.io, with ONNX"
)
ONNX = ExportFormat("onnx", ".onnx", "network for ONNX runtimes")
SAVED_MODEL = ExportFormat(
    "savedmodel", ".savedmodel", "folder of TensorFlow, tiles of one size"
)

EXPORT_FORMATS = {kind.name: kind for kind in (ZIP, BIOIMAGEIO, ONNX, SAVED_MODEL)}
"""Formats of exported models by name."""


def choose_export(
    destination: Path, name: str, format: str | None = None
) -> tuple[ExportFormat, Path]:
    """Return the format and the path of an exported model.

    Parameters
    ----------
    destination : Path
        The file to write, or an existing folder.
    name : str
        Name of the model.
    format : str, optional
        Name of a format. By default the end of `destination` decides; in a folder it is
        a zip file.

    Raises
    ------
    ValueError
        If there is no such format, or the end of `destination` is not that of the
        format or of any format.

    Examples
    --------
    >>> choose_export(Path("mine.onnx"), "mine")[0].name
    'onnx'
    >>> choose_export(Path("a.bioimageio.zip"), "mine")[0].name
    'bioimageio'
    """
    if format is not None and format not in EXPORT_FORMATS:
        raise ValueError(
            f"format must be one of {', '.join(EXPORT_FORMATS)}; got {format!r}"
        )
    ending = destination.name.lower()
    # A SavedModel is a folder itself: an existing one is not a folder for models.
    if destination.is_dir() and not ending.endswith(SAVED_MODEL.suffix):
        chosen = EXPORT_FORMATS[format or ZIP.name]
        return chosen, destination / f"{name}{chosen.suffix}"
    # The longest suffix first: a package of bioimage.io ends in .zip too.
    by_length = sorted(EXPORT_FORMATS.values(), key=lambda kind: -len(kind.suffix))
    fits = [kind for kind in by_length if ending.endswith(kind.suffix)]
    if format is None and fits:
        return fits[0], destination
    if format is not None and EXPORT_FORMATS[format] in fits:
        return EXPORT_FORMATS[format], destination
    if format is not None:
        suffix = EXPORT_FORMATS[format].suffix
        raise ValueError(
            f"{destination.name} must end in {suffix}, as the format is {format}"
        )
    endings = "; ".join(
        f"{kind.suffix} ({kind.description})" for kind in by_length[::-1]
    )
    raise ValueError(
        f"{destination.name} does not say in which format to write the model. Its name "
        f"must end in one of: {endings}. Or name an existing folder"
    )
