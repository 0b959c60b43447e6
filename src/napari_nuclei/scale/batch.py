"""Many image files: a row for each, done or why not."""

from __future__ import annotations

import glob
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.imagefiles import IMAGE_SUFFIXES, is_image_name
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.files import Outputs, segment_file


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of an image file.

    Attributes
    ----------
    path : Path
    nuclei : int
        Found in all its planes.
    seconds : float
        With reading and writing.
    written : tuple of Path
    reason : str
        Why nothing was written; empty where all went well.
    """

    path: Path
    nuclei: int = 0
    seconds: float = 0.0
    written: tuple[Path, ...] = ()
    reason: str = ""


def find_images(inputs: Sequence[str | Path]) -> list[Path]:
    """Return the image files that paths, folders and patterns name, each once.

    Parameters
    ----------
    inputs : sequence of path-like
        Files, folders (their images, not those of folders inside) or patterns such as
        ``plate/*.tif``.

    Raises
    ------
    OSError
        If there is no such file or folder.
    ValueError
        If a folder or pattern holds no image.
    """
    found: dict[Path, None] = {}
    for item in inputs:
        path = Path(item)
        if path.is_file():
            some = [path]
        elif path.is_dir():
            some = sorted(p for p in path.iterdir() if p.is_file() and is_image_name(p))
        elif glob.has_magic(str(item)):
            some = sorted(Path(p) for p in glob.glob(str(item), recursive=True))
            some = [p for p in some if p.is_file() and is_image_name(p)]
        else:
            raise FileNotFoundError(f"{item}: there is no such file or folder")
        if not some:
            kinds = ", ".join(IMAGE_SUFFIXES)
            raise ValueError(f"{item} holds no images ({kinds})")
        found |= dict.fromkeys(some)
    return list(found)


def output_stems(paths: Sequence[Path]) -> list[str]:
    """Return how the names of each file's results begin, no two alike.

    Examples
    --------
    >>> output_stems([Path("a.png"), Path("b.png"), Path("b.tif")])
    ['a', 'b.png', 'b.tif']
    """
    stems = [path.stem for path in paths]
    for longer in (lambda p: p.name, lambda p: f"{p.parent.name}_{p.name}"):
        counts = Counter(stems)
        stems = [
            longer(path) if counts[stem] > 1 else stem
            for path, stem in zip(paths, stems, strict=True)
        ]
    counts = Counter(stems)
    for number, stem in enumerate(stems):
        if counts[stem] > 1:
            stems[number] = f"{stem}_{number}"
    return stems


def prepare_folder(folder: Path) -> None:
    """Make a folder and check that it can be written; raise OSError if not."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; name a folder for the results")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"{folder} cannot be made ({error.strerror})") from error
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} cannot be written")


def segment_files(
    segmenter: Segmenter,
    inputs: Sequence[str | Path],
    output: Path | str,
    *,
    overlay: bool = False,
    table: bool = False,
    channel: int | None = None,
    pixel_size: float | None = None,
    config: SegmentConfig | None = None,
    progress: Progress | None = None,
    report: Callable[[FileResult], None] | None = None,
) -> list[FileResult]:
    """Segment files and go on past those that fail.

    Parameters
    ----------
    segmenter : Segmenter
    inputs : sequence of path-like
        Files, folders or patterns, as `find_images` takes them.
    output : path-like
        Folder for the results; made if it is not there.
    overlay, table : bool
        Write a PNG with outlines and a CSV of the nuclei too.
    channel : int, optional
        Which channel to take where files have several.
    pixel_size : float, optional
        Size of a pixel, in micrometres, where files do not state it or are wrong.
    config : SegmentConfig, optional
    progress : callable, optional
        Is told (done, total) in tiles of the present file.
    report : callable, optional
        Is given each file's result as it comes.

    Returns
    -------
    list of FileResult

    Raises
    ------
    OSError, ValueError
        If there is nothing to do, or the folder cannot be written. What is wrong with
        one file stands in its result.
    """
    paths = find_images(inputs)
    outputs = Outputs(Path(output), overlay, table)
    prepare_folder(outputs.folder)
    results = []
    for path, stem in zip(paths, output_stems(paths), strict=True):
        began = time.perf_counter()
        try:
            found, written = segment_file(
                segmenter,
                path,
                outputs,
                stem=stem,
                channel=channel,
                pixel_size=pixel_size,
                config=config,
                progress=progress,
            )
        except (OSError, TypeError, ValueError, MemoryError) as error:
            reason = str(error) or type(error).__name__
            result = FileResult(path, reason=reason)
        else:
            seconds = time.perf_counter() - began
            result = FileResult(path, found.count, seconds, tuple(written))
        results.append(result)
        if report:
            report(result)
    return results
