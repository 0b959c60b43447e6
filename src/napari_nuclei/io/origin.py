"""Files that this program wrote, and files that somebody else wrote or edited."""

from __future__ import annotations

from pathlib import Path

from napari_nuclei import __version__

SOFTWARE = "napari-nuclei"
"""Name of this program in the files it writes; editors remove or change it."""

SIGNATURE: str = f"{SOFTWARE} {__version__}"

SYNTHETIC = "synthetic image"
SYNTHETIC_SIGNATURE: str = f"{SIGNATURE} {SYNTHETIC}"
"""Software of images that this program makes; they are not results."""

HEAD, TAIL = 4096, 256
"""How many bytes at the start and at the end of a file can hold the signature."""


def check_overwrite(path: Path) -> None:
    """Raise FileExistsError if a file exists that this program did not write.

    Labels that were corrected and saved in another program do not have its signature.
    """
    if path.exists() and not is_own_file(path):
        raise FileExistsError(
            f"{path} was not written by this program, or was edited since. Move it, or "
            "name another folder"
        )


def is_own_file(path: Path) -> bool:
    """Return whether this program wrote a file of labels or outlines."""
    if path.suffix.lower() in (".tif", ".tiff"):
        return read_software(path).startswith(SOFTWARE)
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    name = f"{SOFTWARE} ".encode()
    return name in head or name in tail


def is_result_file(path: Path) -> bool:
    """Return whether an image file is a result of this program, such as labels."""
    suffix = path.suffix.lower()
    if suffix == ".png":
        try:
            return is_own_file(path)
        except OSError:  # the run that reads the file names the error
            return False
    if suffix not in (".tif", ".tiff"):
        return False
    software = read_software(path)
    return software.startswith(SOFTWARE) and not software.endswith(SYNTHETIC)


def read_software(path: Path) -> str:
    """Return the name of the program that wrote a TIFF; empty if it is not stated."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            return str(file.pages.first.software)
    except Exception:  # a damaged file makes tifffile raise almost anything
        return ""
