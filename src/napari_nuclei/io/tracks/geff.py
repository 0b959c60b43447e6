"""Tracks as a graph in the Graph Exchange File Format (GEFF), which is a zarr folder.

A nucleus of a frame is a node with its position; an edge leads to the same nucleus in
its next frame, or from a mother to each daughter. The package geff is not used to write
it, because it needs an old version of numcodecs.
"""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.io.atomic import PARTIAL_SUFFIX, prepare_folder
from napari_nuclei.io.optional_packages import import_extra

if TYPE_CHECKING:
    from napari_nuclei.core.tracking.tracking import Tracking

VERSION = "1.1"
"""Version of the format."""

ZARR_FORMAT = 2
"""Version of zarr, which more programs read than the newer one."""

PROGRAM = "napari-nuclei"

Arrays = dict[str, NDArray[Any]]


@suggests_keywords
def write_geff(tracking: Tracking, path: str | Path) -> Path:
    """Write tracks as a graph in the Graph Exchange File Format.

    Parameters
    ----------
    tracking : Tracking
    path : path-like
        Folder to write, such as ``movie.geff``. One that this function wrote before is
        replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileExistsError
        If the path exists and this program did not write it.
    ModuleNotFoundError
        If zarr is not installed.
    OSError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from napari_nuclei import track
    >>> movie = np.zeros((3, 9, 9), int)
    >>> movie[:, 2:6, 2:6] = [[[4]], [[2]], [[7]]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_geff(track(movie), f"{folder}/movie.geff").name
    'movie.geff'
    """
    zarr = import_extra("zarr")
    path = Path(path).expanduser()
    exists = os.path.lexists(path)
    if exists and not is_own_geff(path):
        raise FileExistsError(
            f"{path} was not written by {PROGRAM} as GEFF and is not replaced. Move "
            "it, or choose another path"
        )
    prepare_folder(path.parent)
    properties, edges = graph_of(tracking)
    name = f".{uuid.uuid4().hex[:12]}"
    partial, old = (path.with_name(f"{name}{end}") for end in (PARTIAL_SUFFIX, ".old"))
    try:
        group = zarr.open_group(partial, mode="w", zarr_format=ZARR_FORMAT)
        count = len(properties["t"])
        add_array(group, "nodes/ids", np.arange(count, dtype=np.uint64))
        for key, values in properties.items():
            add_array(group, f"nodes/props/{key}/values", values)
        add_array(group, "edges/ids", edges)
        group.require_group("edges/props")
        group.attrs["geff"] = make_metadata(tracking, properties)
        if exists:
            path.rename(old)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return path


def is_own_geff(path: Path) -> bool:
    """Return whether a folder is a graph that this program wrote."""
    zarr = import_extra("zarr")
    try:
        attributes = zarr.open_group(path, mode="r").attrs.asdict()
        return bool(attributes["geff"]["extra"]["program"] == PROGRAM)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def graph_of(tracking: Tracking) -> tuple[Arrays, NDArray[np.uint64]]:
    """Return the properties of the nodes, and the edges.

    Returns
    -------
    properties : dict of str to ndarray, shape (nuclei,)
        Frame, position in pixels, track, and area or volume; by frame.
    edges : ndarray of uint64, shape (links, 2)
        Indices of the earlier and the later nucleus.
    """
    rows = tracking.nuclei.sort_values(["t", "track"], kind="stable")
    properties: Arrays = {"t": rows["t"].to_numpy(np.int64)}
    for axis in "zyx"[-tracking.frames.n_axes :]:
        properties[axis] = rows[f"centroid_{axis}"].to_numpy(np.float64)
    size = "area" if "area" in rows else "volume"
    properties["track"] = track = rows["track"].to_numpy(np.int64)
    properties[size] = rows[size].to_numpy(np.int64)
    order = np.argsort(track, kind="stable")  # by track, then by frame
    numbers, first = np.unique(track[order], return_index=True)
    last = np.append(first[1:], len(order)) - 1
    same = np.ones(len(order), bool)
    same[first] = False
    later = np.flatnonzero(same)
    links = [np.stack([order[later - 1], order[later]], axis=1)]
    tracks = tracking.tracks[tracking.tracks["parent"] > 0]
    if len(tracks):
        mother = np.searchsorted(numbers, tracks["parent"])
        daughter = np.searchsorted(numbers, tracks["track"])
        links.append(np.stack([order[last[mother]], order[first[daughter]]], axis=1))
    edges = np.concatenate(links).astype(np.uint64)
    return properties, edges[np.lexsort(edges.T[::-1])]


def make_metadata(tracking: Tracking, properties: Arrays) -> dict[str, Any]:
    """Return the metadata of the graph.

    Parameters
    ----------
    tracking : Tracking
    properties : dict of str to ndarray
        As returned by `graph_of`.
    """
    scale = tracking.scale
    sizes = {"t": scale.frame_interval, "z": scale.z_spacing}
    axes = []
    for name in ("t", *"zyx"[-tracking.frames.n_axes :]):
        time = name == "t"
        axis: dict[str, Any] = {
            "name": name,
            "type": "time" if time else "space",
            "unit": "frame" if time else "pixel",
        }
        values = properties[name]
        if len(values):
            axis |= {"min": float(values.min()), "max": float(values.max())}
        size = sizes.get(name, scale.pixel_size)
        if size is not None:
            axis |= {"scale": size, "scaled_unit": "second" if time else "micrometer"}
        axes.append(axis)
    metadata: dict[str, Any] = {
        "geff_version": VERSION,
        "directed": True,
        "axes": axes,
        "node_props_metadata": {
            name: {"identifier": name, "dtype": str(values.dtype)}
            for name, values in properties.items()
        },
        "edge_props_metadata": {},
        "extra": {"program": PROGRAM},
    }
    # A daughter without a sister continues her mother's tracklet in this format.
    daughters = tracking.tracks["parent"].value_counts()
    if not (daughters[daughters.index > 0] == 1).any():
        metadata["track_node_props"] = {"tracklet": "track"}
    return metadata


def add_array(group: Any, path: str, values: NDArray[Any]) -> None:
    """Write an array into a zarr group, in one chunk."""
    chunks = tuple(max(1, size) for size in values.shape)
    array = group.create_array(
        path, shape=values.shape, chunks=chunks, dtype=values.dtype
    )
    if values.size:
        array[...] = values
