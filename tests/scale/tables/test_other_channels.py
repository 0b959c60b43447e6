from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from ome_zarr.writer import write_image

from napari_nuclei.scale.tables.other_channels import (
    measure_other_channels,
    name_channels,
)


def write_zarr(path: Path, pixels: NDArray[np.integer], axes: str) -> Path:
    write_image(pixels, zarr.open_group(path, mode="w"), axes=axes, scale_factors=[])
    return path


def write_array(path: Path, labels: NDArray[np.integer]) -> Path:
    zarr.create_array(path, data=labels)
    return path


def test_channels_that_were_not_segmented_are_measured(tmp_path: Path, discs) -> None:
    labels = discs((60, 80), [(20, 20, 8), (40, 50, 9)])
    channels = np.stack([labels * 7, labels * 100, labels * 0 + 5]).astype(np.uint16)
    image = write_zarr(tmp_path / "image.zarr", channels, "cyx")
    stored = write_array(tmp_path / "labels.zarr", labels)
    table = measure_other_channels(image, stored, channel=0)
    assert table is not None
    assert table["channel_1_mean"].tolist() == [100, 200]
    assert table["channel_2_max"].tolist() == [5, 5]
    assert table.index.tolist() == [1, 2]
    assert all(name.startswith(("channel_1_", "channel_2_")) for name in table)


def test_nuclei_of_planes_are_told_apart_by_their_plane(tmp_path: Path, discs) -> None:
    labels = np.stack([discs((60, 80), [(20, 20, 8)])] * 2)
    channels = np.stack([labels, labels * np.array([[[30]], [[40]]])], axis=1)
    image = write_zarr(tmp_path / "image.zarr", channels.astype(np.uint16), "tcyx")
    stored = write_array(tmp_path / "labels.zarr", labels)
    table = measure_other_channels(image, stored, channel=0)
    assert table is not None
    assert table["t"].tolist() == [0, 1]
    assert table["channel_1_mean"].tolist() == [30, 40]


def test_an_image_of_one_channel_has_no_others(tmp_path: Path, discs) -> None:
    labels = discs((60, 80), [(20, 20, 8)])
    stored = write_zarr(tmp_path / "labels.zarr", labels, "yx")
    assert measure_other_channels(stored, stored) is None
    image = write_zarr(tmp_path / "image.zarr", labels[None], "cyx")
    assert measure_other_channels(image, stored, channel=0) is None


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["DAPI", "Ki67"], ["DAPI", "Ki67"]),
        (["DAPI", "DAPI"], ["channel_0", "channel_1"]),
        (["DAPI"], ["channel_0", "channel_1"]),
        (["DAPI", ""], ["channel_0", "channel_1"]),
    ],
)
def test_channels_have_the_names_that_the_image_states(
    tmp_path: Path, labels: list[str], names: list[str]
) -> None:
    group = zarr.open_group(tmp_path / "image.zarr", mode="w")
    channels = [{"label": label} for label in labels]
    group.attrs["ome"] = {"version": "0.5", "omero": {"channels": channels}}
    assert name_channels(tmp_path / "image.zarr", 2) == names
