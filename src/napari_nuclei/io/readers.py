"""The formats in which images are read.

A format is a pair of functions, one that decodes a whole file and one that opens it
without reading its pixels, and one line in `READERS`. The content of a file decides who
reads it, its name only if that is not clear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.errors import format_error_kind
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.checks.source_identity import identify_array
from napari_nuclei.io.image_files import (
    ImageFile,
    decode_gif,
    decode_picture,
    decode_tiff,
)
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.lazy_tiffs import open_slide, open_tiff
from napari_nuclei.io.microscopes import plugins
from napari_nuclei.io.microscopes.bioio_images import open_bioio, read_bioio
from napari_nuclei.io.microscopes.scenes import Scene, check_scene
from napari_nuclei.io.zarr_images import is_zarr, open_zarr

HEAD_SIZE = 16
"""Number of bytes at the start of a file by which its format is found."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A format in which images are read.

    Attributes
    ----------
    name : str
        For messages.
    suffixes : tuple of str
        Of the names of its files, in lower case.
    magic : tuple of bytes
        What its files begin with; empty for a format that is a folder.
    decode : callable, optional
        Takes the bytes and the name of a file and the accepted number of pixels,
        returns an `ImageFile`. None if images of this format may be larger than memory.
    open : callable, optional
        Takes a path, returns a `LazyImage`. None if a file can only be read whole.
    """

    name: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...] = ()
    decode: Callable[[bytes, str, int], ImageFile] | None = None
    open: Callable[[Path], LazyImage] | None = None


TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

TIFF_SUFFIXES = (".tif", ".tiff", ".lsm", ".stk", ".btf", ".tf2", ".tf8", ".qptiff")

MICROSCOPE = Reader("microscope", tuple(plugins.PLUGINS), open=open_bioio)

READERS = (
    Reader("PNG", (".png",), (b"\x89PNG\r\n\x1a\n",), decode_picture),
    Reader("JPEG", (".jpg", ".jpeg"), (b"\xff\xd8\xff",), decode_picture),
    Reader("GIF", (".gif",), (b"GIF87a", b"GIF89a"), decode_gif),
    Reader("TIFF", TIFF_SUFFIXES, TIFF_MAGIC, decode_tiff, open_tiff),
    Reader("slide", (".svs", ".ndpi", ".scn", ".bif"), TIFF_MAGIC, open=open_slide),
    Reader("zarr", (".zarr",), open=open_zarr),
    MICROSCOPE,
)

IMAGE_SUFFIXES = tuple(s for r in READERS if r.decode is not None for s in r.suffixes)
"""Suffixes of the images that a folder is searched for, besides `image_suffixes`."""


def image_suffixes() -> tuple[str, ...]:
    """Return the suffixes of the images that can be read in this installation."""
    return IMAGE_SUFFIXES + plugins.readable_suffixes()


def find_reader(name: str, head: bytes = b"") -> Reader | None:
    r"""Return the reader of a file, by its content first and then by its name.

    Parameters
    ----------
    name : str
        Name of the file.
    head : bytes
        The first bytes of the file; empty if they are not known.

    Examples
    --------
    >>> find_reader("a.tif").name
    'TIFF'
    >>> find_reader("a.tif", head=b"\xff\xd8\xff").name
    'JPEG'
    """
    suffix = Path(name).suffix.lower()
    if suffix in MICROSCOPE.suffixes:  # some begin like a TIFF
        return MICROSCOPE
    named = [reader for reader in READERS if suffix in reader.suffixes]
    # If several readers fit the content, as of a slide and a TIFF, the name decides.
    fits = [
        reader for reader in READERS if reader.magic and head.startswith(reader.magic)
    ]
    both = [reader for reader in fits if reader in named]
    return next(iter([*both, *fits, *named]), None)


def find_file_reader(path: Path) -> Reader | None:
    """Return the reader of a file; bioio is asked if this package has none."""
    with path.open("rb") as file:
        head = file.read(HEAD_SIZE)
    reader = find_reader(path.name, head)
    if reader is None and head and path.suffix.lower() in plugins.plugin_suffixes():
        return MICROSCOPE
    return reader


def is_image_name(path: Path) -> bool:
    """Return whether the name of a file is that of an image, and not of a hidden file.

    macOS writes a hidden ``._a.tif`` for each ``a.tif`` on disks of other systems.
    """
    return path.suffix.lower() in image_suffixes() and not path.name.startswith(".")


def is_image_file(path: Path) -> bool:
    """Return whether a path is a file with an image, by its name.

    The content decides without a suffix, if it can be read. Hidden files are no images.
    """
    if not path.is_file() or path.name.startswith("."):
        return False
    if path.suffix:
        return is_image_name(path)
    try:
        reader = find_file_reader(path)
    except OSError:
        return False
    return reader is not None and reader.decode is not None


def is_blockwise_name(path: Path) -> bool:
    """Return whether images with this suffix may exceed memory and are read in blocks.

    Examples
    --------
    >>> is_blockwise_name(Path("a.svs")), is_blockwise_name(Path("a.tif"))
    (True, False)
    """
    reader = find_reader(path.name)
    return reader not in (None, MICROSCOPE) and reader.decode is None


@suggests_keywords
def read_image(
    path: str | Path, *, scene: Scene = None, max_pixels: int = MAX_PIXELS
) -> ImageFile:
    """Read an image file.

    Parameters
    ----------
    path : path-like
        A PNG, JPEG, GIF or TIFF file; LSM, STK and QPTIFF files are TIFF too. Others,
        such as CZI, ND2 and LIF, need the extra `bioio`.
    scene : int or str, optional
        Number (from 0) or name of the scene of a CZI, ND2 or LIF file. By default the
        first one; `notes` of the result then name the others, `scenes` names all.
    max_pixels : int
        Number of pixels, over all planes, above which a file is refused before it is
        decoded. Up to ten pixels for each byte of the file are accepted too.

    Returns
    -------
    ImageFile
        `pixels` (ndarray), `axes` (a letter for each: T, Z, C, Y, X, S for RGB, Q if
        not named), and `pixel_size` and `z_spacing` in µm, None if not stated.

    Raises
    ------
    OSError
        If there is no such file or it cannot be read.
    ValueError
        If it is not an image of these formats, is damaged, or has too many pixels.

    Examples
    --------
    >>> image = read_image("cells.tif")  # doctest: +SKIP
    >>> image.pixels.shape, image.axes, image.pixel_size  # doctest: +SKIP
    ((5, 512, 512), 'ZYX', 0.32)
    """
    path = Path(path).expanduser()
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, not an image")
    reader = find_file_reader(path)
    check_scene(path, scene, has_scenes=reader is MICROSCOPE)
    if reader is MICROSCOPE:
        return read_bioio(path, max_pixels, scene)
    return decode_image(path.read_bytes(), path.name, max_pixels)


def decode_image(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> ImageFile:
    """Decode the bytes of an image file.

    Parameters
    ----------
    content : bytes
    name : str
        Name of the file, for messages, and for the format if the content is not clear.
    max_pixels : int
        As for `read_image`.

    Raises
    ------
    ValueError
        If the bytes are not an image of a known format, or are damaged.
    """
    if not content:
        raise ValueError(f"{name} is empty (0 bytes)")
    reader = find_reader(name, content[:HEAD_SIZE])
    if reader is MICROSCOPE:
        raise ValueError(f"{name} cannot be read inside an archive; unpack it first")
    decode = decode_picture if reader is None else reader.decode
    if decode is None:
        decode = decode_tiff  # a slide that fits into memory
    try:
        return decode(content, name, max_pixels)
    except (ValueError, MemoryError):
        raise
    except Exception as error:  # a damaged file makes a decoder raise almost anything
        raise ValueError(
            f"{name} is damaged and cannot be read ({format_error_kind(error)})"
        ) from error


def open_image(source: Any, *, scene: Scene = None) -> LazyImage:
    """Open an image without reading its pixels.

    Parameters
    ----------
    source : path-like or array-like
        An OME-Zarr image or a zarr array, a TIFF (the full resolution of a pyramid),
        a slide if `tiffslide` is installed, or a numpy, dask or zarr array. A
        `LazyImage` is returned as it is.
    scene : optional
        As for `read_image`.

    Raises
    ------
    OSError
        If there is no such file.
    TypeError
        If `source` is neither a path nor an array.
    ValueError
        If the file cannot be read in parts.
    """
    if isinstance(source, LazyImage):
        return source
    if not isinstance(source, str | Path):
        if not hasattr(source, "shape") or not hasattr(source, "dtype"):
            raise TypeError(
                "source must be a path or an array with a shape and a dtype; got "
                f"{type(source).__name__}"
            )
        check_scene(Path("the array"), scene, has_scenes=False)
        return LazyImage(source, None, None, identify_array(source))
    path = Path(source).expanduser().absolute()
    if not path.exists():
        raise FileNotFoundError(f"{source}: there is no such file or folder")
    if path.is_dir():
        check_scene(path, scene, has_scenes=False)
        if not is_zarr(path):
            raise ValueError(f"{source} is a folder, but not one of zarr")
        return open_zarr(path)
    reader = find_file_reader(path)
    check_scene(path, scene, has_scenes=reader is MICROSCOPE)
    if reader is MICROSCOPE:
        return open_bioio(path, scene)
    if reader is None or reader.open is None:
        lazy = ", ".join(s for r in READERS if r.open is not None for s in r.suffixes)
        raise ValueError(
            f"{path.name} cannot be read in parts, unlike the formats {lazy}"
        )
    try:
        return reader.open(path)
    except (ImportError, ValueError, MemoryError, OSError):
        raise
    except Exception as error:
        raise ValueError(
            f"{path.name} is damaged and cannot be read ({format_error_kind(error)})"
        ) from error
