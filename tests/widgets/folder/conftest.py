"""A folder of a plate, for the network of bright discs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from ome_zarr.writer import write_image, write_plate_metadata, write_well_metadata


@pytest.fixture
def plate(tmp_path: Path, spots) -> Path:
    """Write three wells of two channels; in the last one a file is missing."""
    folder = tmp_path / "plate"
    folder.mkdir()
    for well in ("A01", "B02", "C03"):
        for channel in (1, 2):
            path = folder / f"{well}_s1_w{channel}.tif"
            tifffile.imwrite(path, spots[0] // channel)
    path.unlink()
    return folder


@pytest.fixture
def hcs(tmp_path: Path, spots) -> Path:
    """Return a plate in OME-Zarr of two wells of one field of two channels."""
    group = zarr.open_group(tmp_path / "hcs.zarr", mode="w")
    wells = ["A/1", "B/2"]
    write_plate_metadata(group, ["A", "B"], ["1", "2"], wells)
    image = np.stack([spots[0], spots[0] // 2])
    for well in wells:
        inside = group.require_group(well)
        write_well_metadata(inside, ["0"])
        field = inside.require_group("0")
        write_image(image, field, axes="cyx", scale_factors=[2])
    return tmp_path / "hcs.zarr"
