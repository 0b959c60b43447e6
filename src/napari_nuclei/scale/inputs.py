"""The images that a run takes, and the names of their results."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.core.plates.plate_position import PlatePosition
from napari_nuclei.io.microscopes.plugins import (
    describe_missing_plugin,
    is_microscope_name,
)
from napari_nuclei.io.origin import is_result_file
from napari_nuclei.io.readers import image_suffixes, is_image_file
from napari_nuclei.io.writers import WRITERS
from napari_nuclei.model.user_models import hint_at_model
from napari_nuclei.scale.files.image_set import ImageSet
from napari_nuclei.scale.output_paths import check_output_name, is_file_destination
from napari_nuclei.scale.records.manifest import list_output_names

RESULT_ENDINGS = tuple(writer.ending for writer in WRITERS)
"""Endings of the names of results, after the stem of the image."""


@dataclass(frozen=True, slots=True)
class FileToSegment:
    """An image file, and the folder or file of its results.

    Attributes
    ----------
    path : Path
    destination : Path
        Folder for the results, or a single file.
    stem : str
        Beginning of the names of the results in a folder.
    image_set : ImageSet, optional
        All files of the image, if their names were read.
    """

    path: Path
    destination: Path
    stem: str
    image_set: ImageSet | None = None

    @property
    def position(self) -> PlatePosition | None:
        """Position in a plate, if the name of the file states it."""
        return None if self.image_set is None else self.image_set.position

    @property
    def folder(self) -> Path:
        """Folder of the results."""
        if is_file_destination(self.destination):
            return self.destination.parent
        return self.destination


def find_images(inputs: Sequence[str | Path]) -> list[Path]:
    """Return the image files of paths, folders and patterns, each once.

    Parameters
    ----------
    inputs : sequence of path-like
        Files, folders (without the folders inside) or patterns such as
        ``plate/*.tif``. A ``~`` is the home folder. In a folder or pattern, images
        that this program wrote as results are left out. Of a folder without images,
        those in ``<id>/images/`` are taken: Kaggle gives each image such a folder.

    Raises
    ------
    OSError
        If there is no such file or folder.
    ModuleNotFoundError
        If a folder or pattern holds only files that an optional package reads, which
        is not installed.
    ValueError
        If a folder or pattern holds no image, or only results.
    """
    all_images: dict[Path, None] = {}
    for item in inputs:
        if not isinstance(item, str | os.PathLike):
            raise TypeError(
                "Images must be named by paths; got "
                f"{type(item).__name__}. Segment arrays with Segmenter.segment(image)"
            )
        path = Path(item).expanduser()
        if path.is_file():
            all_images[path] = None
            continue
        if path.is_dir():
            found = sorted(path.iterdir())
            unread = [p.name for p in found if is_microscope_name(p.name)]
            if not any(map(is_image_file, found)):
                found = sorted(path.glob("*/images/*"))
        elif glob.has_magic(str(path)):
            found = sorted(expand_pattern(path))
            unread = [p.name for p in found if is_microscope_name(p.name)]
        else:
            hint = hint_at_model(item)
            raise FileNotFoundError(f"{item}: there is no such file or folder{hint}")
        images = [p for p in found if is_image_file(p)]
        if unread and not images:
            raise ModuleNotFoundError(describe_missing_plugin(unread[0]))
        if not images:
            kinds = ", ".join(image_suffixes())
            raise ValueError(f"{item} holds no images ({kinds})")
        to_segment = [p for p in images if not is_result_file(p)]
        if not to_segment:
            raise only_results(images)
        all_images |= dict.fromkeys(to_segment)
    return list(all_images)


def expand_pattern(pattern: Path) -> list[Path]:
    """Return the paths that fit a pattern.

    Each ``**`` stands for any number of folders. Links to folders are followed, but no
    folder is searched twice, so a link to a folder above ends there.
    """
    parts = pattern.parts
    if "**" not in parts:
        return [Path(path) for path in glob.glob(str(pattern))]
    position = parts.index("**")
    top, below_pattern = Path(*parts[:position]), parts[position + 1 :]
    matches: dict[Path, None] = {}
    searched: set[Path] = set()
    for start in expand_pattern(top) if glob.has_magic(str(top)) else [top]:
        for folder in walk_folders(start, searched):
            below = Path(glob.escape(str(folder)), *(below_pattern or ("*",)))
            matches |= dict.fromkeys(expand_pattern(below))
    # A second ** may find a file again on another way; the shortest path counts.
    unique: dict[Path, Path] = {}
    for path in sorted(matches, key=lambda path: (len(path.parts), path)):
        unique.setdefault(path.parent.resolve() / path.name, path)
    return list(unique.values())


def walk_folders(top: Path, searched: set[Path]) -> Iterator[Path]:
    """Yield a folder and all below, each once; hidden folders are left out.

    Parameters
    ----------
    top : Path
    searched : set of Path
        Folders that were searched, without links; those of this call are added.
    """
    pending = [top]
    while pending:  # level by level, so that the shortest path of a folder counts
        following = []
        for folder in pending:
            try:
                real = folder.resolve(strict=True)
                if real in searched or not folder.is_dir():
                    continue
                searched.add(real)
                inside = sorted(folder.iterdir())
            except (OSError, RuntimeError):  # it cannot be read, or is a loop of links
                continue
            yield folder
            following += [p for p in inside if p.name[:1] != "." and p.is_dir()]
        pending = following


def output_stems(paths: Sequence[Path]) -> list[str]:
    """Return a different stem for the results of each file.

    Stems that differ only in upper and lower case count as equal: Windows and macOS
    ignore case, so one result would replace the other.

    Examples
    --------
    >>> output_stems([Path("a.png"), Path("b.png"), Path("b.tif")])
    ['a', 'b.png', 'b.tif']
    """
    stems = [path.stem for path in paths]
    for longer in (lambda p: p.name, lambda p: f"{p.parent.name}_{p.name}"):
        counts = Counter(stem.casefold() for stem in stems)
        stems = [
            longer(path) if counts[stem.casefold()] > 1 else stem
            for path, stem in zip(paths, stems, strict=True)
        ]
    counts = Counter(stem.casefold() for stem in stems)
    for number, stem in enumerate(stems):
        if counts[stem.casefold()] > 1:
            stems[number] = f"{stem}_{number}"
    return stems


def exclude_results(paths: Sequence[Path], output: Path | None) -> list[Path]:
    """Leave out the results of earlier runs.

    A file is a result if the manifest of its folder lists it, or if it is named like a
    result of another image in its folder. In the folder `output`, it is also a result
    if it is named like a result of any image.

    Parameters
    ----------
    paths : sequence of Path
    output : Path, optional
        Folder for the results; None if each image has its results in its own folder.

    Raises
    ------
    ValueError
        If nothing is left.
    """
    output = None if output is None else output.resolve()
    folder_of = {path: path.parent.resolve() for path in paths}
    results: set[tuple[Path | None, str]] = set()
    for folder in set(folder_of.values()):
        results |= {(folder, name) for name in list_output_names(folder)}
    for path, folder in folder_of.items():
        for stem in (path.stem, path.name, f"{path.parent.name}_{path.name}"):
            for ending in RESULT_ENDINGS:
                results |= {(where, stem + ending) for where in {folder, output}}
    left = [path for path in paths if (folder_of[path], path.name) not in results]
    if not left:
        raise only_results(paths)
    return left


def only_results(paths: Sequence[Path]) -> ValueError:
    """Return the error for files that are all results of this program."""
    return ValueError(
        f"All {len(paths)} files are results of an earlier run, such as "
        f"{paths[0]}. Name images to segment"
    )


def plan_files(
    inputs: Sequence[str | Path], output: Path | None
) -> list[FileToSegment]:
    """Return the image files of inputs, each with the folder or file of its results.

    Raises
    ------
    OSError, ValueError
        If there is no image, or `output` is a single file and there are several images.
    """
    check_output_name(output)
    images = find_images(inputs)
    if output is not None and is_file_destination(output):
        paths = exclude_results(images, output.parent)
        if len(paths) > 1:
            raise ValueError(
                f"{output} is a single file, but there are {len(paths)} images. Name a "
                "folder for the results"
            )
        return [FileToSegment(paths[0], output, output.stem)]
    paths = exclude_results(images, output)
    folder_of = {path: output or path.parent for path in paths}
    items = {}
    for folder in dict.fromkeys(folder_of.values()):
        of_folder = [path for path in paths if folder_of[path] == folder]
        for path, stem in zip(of_folder, output_stems(of_folder), strict=True):
            items[path] = FileToSegment(path, folder, stem)
    return [items[path] for path in paths]
