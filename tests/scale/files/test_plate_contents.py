from __future__ import annotations

from pathlib import Path

import pytest
import zarr
from ome_zarr.writer import write_plate_metadata, write_well_metadata

from napari_nuclei.scale.files.plate_contents import check_plate_path, read_plate


def test_fields_are_listed_and_damaged_wells_named(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "p.zarr", mode="w")
    write_plate_metadata(group, ["A"], ["1", "2"], ["A/1", "A/2"])
    write_well_metadata(group.require_group("A/1"), ["0", "1"])
    group.require_group("A/2")
    contents = read_plate(tmp_path / "p.zarr")
    assert contents.fields == ["A/1/0", "A/1/1"]
    assert [*contents.damaged] == ["A/2"]


@pytest.mark.parametrize("path", ["../x", "a//b", "C:", "a\\b", ".", ""])
def test_a_path_that_leads_out_of_the_plate_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not the path of a well or field"):
        check_plate_path(path)
