from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from napari_nuclei.core.tracking.track import track
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.io.tracks.geff import write_geff


def read(path: Path):
    """Return the properties of the nodes, the edges and the metadata of a graph."""
    group = zarr.open_group(path, mode="r")
    names = [*group["nodes/props"].group_keys()]
    properties = {name: group[f"nodes/props/{name}/values"][:] for name in names}
    assert group["nodes/ids"][:].tolist() == [*range(len(properties["t"]))]
    return properties, group["edges/ids"][:].astype(int), group.attrs["geff"]


def test_the_graph_has_all_nuclei_and_links(tracking, tmp_path: Path) -> None:
    path = write_geff(tracking, tmp_path / "new" / "movie.geff")
    nodes, edges, metadata = read(path)
    table = tracking.nuclei.set_index(["t", "track"]).sort_index()
    assert len(nodes["t"]) == len(table)
    keys = list(zip(nodes["t"].tolist(), nodes["track"].tolist(), strict=True))
    rows = table.loc[keys]
    np.testing.assert_array_equal(nodes["y"], rows["centroid_y"])
    np.testing.assert_array_equal(nodes["x"], rows["centroid_x"])
    np.testing.assert_array_equal(nodes["area"], rows["area"])
    first, second = edges.T
    assert (nodes["t"][first] < nodes["t"][second]).all()
    divides = nodes["track"][first] != nodes["track"][second]
    pairs = {
        *zip(
            nodes["track"][second[divides]],
            nodes["track"][first[divides]],
            strict=False,
        )
    }
    with_parent = tracking.tracks[tracking.tracks["parent"] > 0]
    assert pairs == {*zip(with_parent["track"], with_parent["parent"], strict=False)}
    # Every nucleus but the first of a track without a mother has one edge to it.
    assert len(edges) == len(table) - (tracking.tracks["parent"] == 0).sum()
    assert len(np.unique(second)) == len(second)
    # One nucleus was missed in a frame: its edge leads over two frames.
    assert sorted(np.unique(nodes["t"][second] - nodes["t"][first])) == [1, 2]
    assert [axis["name"] for axis in metadata["axes"]] == ["t", "y", "x"]
    assert metadata["axes"][1]["scale"] == 0.5
    assert metadata["axes"][0]["max"] == 11


def test_volumes_have_three_axes_and_units(tmp_path: Path) -> None:
    volume = np.zeros((3, 4, 12, 14), np.int32)
    for t in range(3):
        volume[t, 1:3, 3:7, 3 + t : 8 + t] = 5 + t
    tracking = track(
        volume, axes="TZYX", pixel_size=0.5, z_spacing=2, frame_interval=300
    )
    nodes, edges, metadata = read(write_geff(tracking, tmp_path / "a.geff"))
    assert nodes["volume"].tolist() == [40] * 3
    assert nodes["z"].tolist() == [1.5] * 3
    assert edges.tolist() == [[0, 1], [1, 2]]
    axes = {axis["name"]: axis for axis in metadata["axes"]}
    assert [axes[name]["scale"] for name in "tzyx"] == [300, 2, 0.5, 0.5]
    assert axes["t"]["scaled_unit"] == "second"
    assert metadata["track_node_props"] == {"tracklet": "track"}


def test_a_movie_without_nuclei_has_an_empty_graph(tmp_path: Path) -> None:
    tracking = track(np.zeros((3, 9, 9), np.int32))
    nodes, edges, _ = read(write_geff(tracking, tmp_path / "a.geff"))
    assert len(nodes["t"]) == len(nodes["x"]) == 0
    assert edges.shape == (0, 2)


def test_only_own_graphs_are_replaced(tracking, tmp_path: Path) -> None:
    path = write_geff(tracking, tmp_path / "a.geff")
    shorter = Tracking.from_numbers(tracking.labels[:5])
    assert read(write_geff(shorter, path))[0]["t"].max() == 4
    assert [one.name for one in tmp_path.iterdir()] == ["a.geff"]
    group = zarr.open_group(path, mode="a")
    group.attrs["geff"] = group.attrs["geff"] | {"extra": {}}
    other = tmp_path / "notes"
    other.mkdir()
    for taken in (path, other):
        with pytest.raises(FileExistsError, match="is not replaced"):
            write_geff(tracking, taken)
    assert read(path)[0]["t"].max() == 4


def test_the_package_geff_reads_and_validates_the_graph(tracking, tmp_path) -> None:
    geff = pytest.importorskip("geff")
    from geff.validate.data import ValidationConfig

    path = write_geff(tracking, tmp_path / "a.geff")
    graph, metadata = geff.read(
        path, data_validation=ValidationConfig(graph=True, tracklet=True)
    )
    assert len(graph) == len(tracking.nuclei)
    named = tracking.nuclei.set_index(["t", "track"])
    for _, node in graph.nodes(data=True):
        row = named.loc[(node["t"], node["track"])]
        assert (node["y"], node["x"]) == (row["centroid_y"], row["centroid_x"])
    divided = [node for node, degree in graph.out_degree() if degree == 2]
    assert len(divided) == tracking.n_divisions > 0
    assert [axis.name for axis in metadata.axes] == ["t", "y", "x"]
    assert metadata.track_node_props == {"tracklet": "track"}
