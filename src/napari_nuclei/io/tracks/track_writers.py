"""The formats of tracks among those in which the nuclei of an image are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.writer import Writer

if TYPE_CHECKING:
    from napari_nuclei.core.tracking.tracking import Tracking


def tracks_of(image: LabelledImage) -> Tracking:
    """Return the tracks of an image; raise ValueError if it has none."""
    if image.tracking is None:
        raise ValueError("Tracks cannot be written: the nuclei were not tracked")
    return image.tracking


def encode_track_table(image: LabelledImage) -> bytes:
    """Return a table with a row per track as a CSV file."""
    from napari_nuclei.io.tables import encode_csv

    return encode_csv(tracks_of(image).tracks)


def encode_lineage(image: LabelledImage) -> bytes:
    """Return a picture of the divisions as a PNG file."""
    from napari_nuclei.io.tracks.track_files import encode_lineage_picture

    return encode_lineage_picture(tracks_of(image))


def encode_ctc_tracks(image: LabelledImage) -> bytes:
    """Return the table of tracks as the Cell Tracking Challenge takes it."""
    from napari_nuclei.io.tracks.ctc import encode_ctc_table

    return encode_ctc_table(tracks_of(image))


def write_ctc_folder(image: LabelledImage, path: Path) -> None:
    """Write a folder in the format of the Cell Tracking Challenge."""
    from napari_nuclei.io.tracks.ctc import write_ctc

    write_ctc(tracks_of(image), path)


def write_geff_folder(image: LabelledImage, path: Path) -> None:
    """Write a graph in the Graph Exchange File Format."""
    from napari_nuclei.io.tracks.geff import write_geff

    write_geff(tracks_of(image), path)


TRACK_WRITERS = (
    Writer(
        "tracks",
        "_tracks.csv",
        "table of tracks, one row per track, with --track",
        encode_track_table,
        tracks=True,
    ),
    Writer(
        "lineage",
        "_lineage.png",
        "PNG, picture of the divisions, with --track",
        encode_lineage,
        tracks=True,
    ),
    Writer(
        "geff",
        "_tracks.geff",
        "graph in the Graph Exchange File Format (zarr), with --track",
        encode_track_table,
        tracks=True,
        requires="zarr",
        write_folder=write_geff_folder,
    ),
    Writer(
        "ctc",
        "_ctc",
        "folder for the software of the Cell Tracking Challenge, with --track",
        encode_ctc_tracks,
        tracks=True,
        write_folder=write_ctc_folder,
    ),
)
