"""Write tracked nuclei in several formats."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.io.atomic import atomic_replace, prepare_folder, write_atomic
from napari_nuclei.io.origin import check_overwrite

if TYPE_CHECKING:
    from napari_nuclei.core.tracking.tracking import Tracking


@dataclass(frozen=True, slots=True)
class TrackFormat:
    """A format in which tracks are written.

    Attributes
    ----------
    name : str
        As the command's `--format` takes it.
    ending : str
        End of the name of the file or folder, after that of the labels.
    description : str
        What it holds, in a few words.
    write : callable
        Takes a `Tracking` and the path.
    editable : bool
        Whether users edit such files in other programs. An edited one is not replaced.
    """

    name: str
    ending: str
    description: str
    write: Callable[[Tracking, Path], object]
    editable: bool = False


def write_labels(tracking: Tracking, path: Path) -> None:
    """Write labels numbered by track as a TIFF file, frame by frame."""
    import numpy as np
    import tifffile

    from napari_nuclei.io.tiff_writer import tiff_options

    highest = int(tracking.tracks["track"].max()) if len(tracking.tracks) else 0
    dtype = np.uint16 if highest <= np.iinfo(np.uint16).max else np.uint32
    frames = tracking.frames
    axes = "TZYX" if frames.n_axes == 3 else "TYX"
    sizes = dict(zip(frames.axes, frames.labels.shape, strict=True))
    scale = tracking.scale
    options = tiff_options(dtype, axes, scale.pixel_size, scale.z_spacing)
    if scale.frame_interval is not None:
        options["metadata"]["finterval"] = scale.frame_interval
    with atomic_replace(path, path.suffix) as partial:
        tifffile.imwrite(
            partial,
            (
                plane
                for t in range(len(frames))
                for plane in np.atleast_3d(tracking.frame_labels(t).astype(dtype).T).T
            ),
            shape=tuple(sizes[axis] for axis in axes),
            dtype=dtype,
            **options,
        )


def write_lineage(tracking: Tracking, path: Path) -> None:
    """Write a picture of the lineages as a PNG file."""
    write_atomic(path, encode_lineage_picture(tracking))


def encode_lineage_picture(tracking: Tracking) -> bytes:
    """Return a picture of the lineages as the bytes of a PNG file."""
    file = io.BytesIO()
    tracking.draw_lineage().savefig(file, format="png", dpi=150)
    return file.getvalue()


def write_track_table(tracking: Tracking, path: Path) -> None:
    """Write the table of the tracks."""
    from napari_nuclei.io.tables import write_table

    write_table(tracking.tracks, path)


def write_nucleus_table(tracking: Tracking, path: Path) -> None:
    """Write the table of the nuclei of all frames."""
    from napari_nuclei.io.tables import write_table

    write_table(tracking.nuclei, path)


def write_ctc_folder(tracking: Tracking, path: Path) -> None:
    """Write a folder in the format of the Cell Tracking Challenge."""
    from napari_nuclei.io.tracks.ctc import write_ctc

    write_ctc(tracking, path)


def write_geff_folder(tracking: Tracking, path: Path) -> None:
    """Write a graph in the Graph Exchange File Format."""
    from napari_nuclei.io.tracks.geff import write_geff

    write_geff(tracking, path)


FORMATS = (
    TrackFormat(
        "labels",
        "_tracks.tif",
        "TIFF, one number per track",
        write_labels,
        editable=True,
    ),
    TrackFormat(
        "csv",
        "_tracks.csv",
        "table, one row per track",
        write_track_table,
    ),
    TrackFormat(
        "nuclei",
        "_track_nuclei.csv",
        "table, one row for each nucleus of each frame",
        write_nucleus_table,
    ),
    TrackFormat(
        "ctc",
        "_ctc",
        "folder in the format of the Cell Tracking Challenge",
        write_ctc_folder,
        editable=True,
    ),
    TrackFormat(
        "geff",
        "_tracks.geff",
        "graph in the Graph Exchange File Format (zarr)",
        write_geff_folder,
    ),
    TrackFormat("lineage", "_lineage.png", "picture of the divisions", write_lineage),
)

DEFAULT_FORMATS: tuple[str, ...] = ("labels", "csv", "nuclei")


def find_track_formats(names: Sequence[str]) -> list[TrackFormat]:
    """Return the formats of some names, each once.

    Raises
    ------
    ValueError
        If there is none of a name.
    """
    named = {track_format.name: track_format for track_format in FORMATS}
    for name in names:
        if name not in named:
            raise ValueError(
                f"formats of tracks must be of {', '.join(named)}; got {name!r}"
            )
    return [named[name] for name in dict.fromkeys(names)]


def write_tracks(
    tracking: Tracking,
    folder: str | Path,
    stem: str,
    formats: Sequence[str] = DEFAULT_FORMATS,
) -> list[Path]:
    """Write tracks in several formats.

    Parameters
    ----------
    tracking : Tracking
    folder : path-like
        Made if needed.
    stem : str
        Beginning of the names of the files.
    formats : sequence of str
        Of labels, csv, nuclei, ctc, geff and lineage.

    Returns
    -------
    list of Path
        The files and folders, in the order of the formats.

    Raises
    ------
    OSError
        If a file cannot be written, or would replace one that another program wrote.
    ValueError
        If a format is unknown, or cannot hold the tracks.
    """
    folder = Path(folder).expanduser()
    paths = {
        folder / f"{stem}{track_format.ending}": track_format
        for track_format in find_track_formats(formats)
    }
    prepare_folder(folder)
    for path, track_format in paths.items():
        if track_format.editable and not path.is_dir():
            check_overwrite(path)
    for path, track_format in paths.items():
        track_format.write(tracking, path)
    return list(paths)
