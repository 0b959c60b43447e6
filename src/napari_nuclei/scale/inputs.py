"""Which images a run takes, and how their results are named."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.io.image_files import IMAGE_SUFFIXES, is_image_name
from napari_nuclei.scale.manifest import list_output_names

RESULT_SUFFIXES = ("labels.tif", "overlay.png", "nuclei.csv")
"""How the names of results end, after the stem of the image and a dash below."""


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

    Names that differ in capitals alone count as alike: on the disks of Windows and
    macOS one result would replace the other.

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


def exclude_results(paths: Sequence[Path], output: Path) -> list[Path]:
    """Leave out what earlier runs have written.

    A file is a result if it is named like one of an image beside it, or if the
    manifest of its folder says so; in the folder for the results also if it is named
    like one of any image.

    Parameters
    ----------
    paths : sequence of Path
    output : Path
        Folder for the results.

    Raises
    ------
    ValueError
        If nothing is left.
    """
    output = output.resolve()
    folder_of = {path: path.parent.resolve() for path in paths}
    made: set[tuple[Path, str]] = set()
    for folder in set(folder_of.values()):
        made |= {(folder, name) for name in list_output_names(folder)}
    for path, folder in folder_of.items():
        for beginning in (path.stem, path.name, f"{path.parent.name}_{path.name}"):
            for ending in RESULT_SUFFIXES:
                name = f"{beginning}_{ending}"
                made |= {(folder, name), (output, name)}
    left = [path for path in paths if (folder_of[path], path.name) not in made]
    if not left:
        raise ValueError(
            f"all {len(paths)} files are results of an earlier run, such as {paths[0]}"
        )
    return left
