from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from ome_zarr.writer import write_image, write_plate_metadata, write_well_metadata

from napari_nuclei.cli import main
from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.simulation.synthetic_volume import synthetic_volume
from napari_nuclei.io.tables import read_table
from napari_nuclei.scale.files.plate_field import FieldResult
from napari_nuclei.scale.plates import is_plate, segment_plate


@pytest.fixture
def plate(tmp_path: Path, image: NDArray[np.uint8]) -> Path:
    """Return a plate of two wells of two fields; one field is empty."""
    group = zarr.open_group(tmp_path / "plate.zarr", mode="w")
    write_plate_metadata(group, ["A", "B"], ["1"], ["A/1", "B/1"], name="test")
    for well in ("A/1", "B/1"):
        inside = group.require_group(well)
        write_well_metadata(inside, ["0", "1"])
        for field in ("0", "1"):
            if (well, field) != ("B/1", "1"):
                write_image(
                    image, inside.require_group(field), axes="yx", scale_factors=[2]
                )
    return tmp_path / "plate.zarr"


def test_a_plate_becomes_a_plate_of_labels_once(
    tmp_path: Path, plate: Path, segmenter: Segmenter, truth: NDArray[np.int32]
) -> None:
    out = tmp_path / "labels.zarr"
    reported: list[FieldResult] = []
    results = segment_plate(plate, out, model=segmenter, on_result=reported.append)
    assert reported == results
    assert [r.path for r in results] == ["A/1/0", "A/1/1", "B/1/0", "B/1/1"]
    assert [bool(r.reason) for r in results] == [False, False, False, True]
    assert is_plate(plate) and is_plate(out)
    group: Any = zarr.open_group(out, mode="r")
    assert group.attrs["ome"]["plate"]["name"] == "test"
    assert len(group["B/1"].attrs["ome"]["well"]["images"]) == 2
    for result in results[:3]:
        assert result.result is not None
        assert result.result.nuclei == 3
        labels = group[f"{result.path}/0"][:]
        np.testing.assert_array_equal(labels > 0, truth > 0)
        assert result.quality is not None
        assert result.quality.nuclei == 3
    again = segment_plate(plate, out, model=segmenter)
    assert [r.result for r in again] == [None] * 4
    assert [r.flags for r in again] == [r.flags for r in results]
    assert again[3].reason


def test_a_source_that_is_no_plate_is_refused(tmp_path: Path) -> None:
    zarr.open_group(tmp_path / "a.zarr", mode="w")
    assert not is_plate(tmp_path / "a.zarr")
    with pytest.raises(ValueError, match=r"a\.zarr is not an OME-Zarr plate"):
        segment_plate(tmp_path / "a.zarr", tmp_path / "b.zarr")


def test_the_command_segments_a_plate(
    tmp_path: Path, plate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["segment", str(plate), "-o", str(tmp_path / "labels.zarr")]) == 1
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if not line.startswith("  flagged: ")]
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "A/1/0",
        "A/1/1",
        "B/1/0",
    ]
    assert lines[-1].startswith("3 of 3 images flagged: ")
    assert err.startswith("B/1/1: failed: ")


def test_stacks_of_a_plate_are_joined(tmp_path: Path, segmenter: Segmenter) -> None:
    _, truth = synthetic_volume((6, 96, 96), filled=0.1, blur_z=0, seed=2)
    image = np.where(truth > 0, 4000, 100).astype(np.uint16)
    group = zarr.open_group(tmp_path / "plate.zarr", mode="w")
    write_plate_metadata(group, ["A"], ["1"], ["A/1"], name="test")
    well = group.require_group("A/1")
    write_well_metadata(well, ["0"])
    write_image(image, well.require_group("0"), axes="zyx", scaler=None)
    table = tmp_path / "nuclei.csv"
    config = SegmentConfig(diameter="native", join="z", correct=False)
    (field,) = segment_plate(
        tmp_path / "plate.zarr",
        tmp_path / "labels.zarr",
        model=segmenter,
        pixel_size=0.5,
        z_spacing=1.0,
        table=table,
        config=config,
    )
    assert field.result is not None
    assert field.result.notes == ()  # the voxel size is stated
    rows = read_table(table)
    assert len(rows) == field.result.nuclei == len(np.unique(truth)) - 1
    assert (rows["volume_um3"] == rows["volume"] * 0.25).all()
    assert rows["confidence"].between(0.5, 1).all()


def edit(group: Any, **values: Any) -> None:
    attributes = dict(group.attrs["ome"])
    group.attrs["ome"] = attributes | values


@pytest.mark.parametrize(
    ("well", "message"),
    [
        ({}, "'images' is missing"),
        ({"images": [{}]}, "'path' is missing"),
        ({"images": [{"path": "../../../outside"}]}, "is not the path of a well or"),
        ({"images": 3}, "damaged"),
    ],
)
def test_a_damaged_well_does_not_end_the_run(
    tmp_path: Path, plate: Path, segmenter: Segmenter, well: Any, message: str
) -> None:
    edit(zarr.open_group(plate / "A" / "1", mode="a"), well=well)
    out = tmp_path / "out" / "labels.zarr"
    results = segment_plate(plate, out, model=segmenter)
    assert [r.path for r in results] == ["B/1/0", "B/1/1", "A/1"]
    assert results[0].result is not None and results[0].result.nuclei == 3
    assert message in results[2].reason
    assert [path.name for path in out.parent.iterdir()] == ["labels.zarr"]


@pytest.mark.parametrize(
    "values", [{"wells": 3}, {"wells": [{}]}, {"rows": [{"name": 1}]}, {"columns": 3}]
)
def test_a_damaged_plate_is_one_line(
    tmp_path: Path, plate: Path, segmenter: Segmenter, values: dict[str, Any]
) -> None:
    group = zarr.open_group(plate, mode="a")
    edit(group, plate=dict(group.attrs["ome"]["plate"]) | values)
    out = tmp_path / "labels.zarr"
    with pytest.raises(ValueError, match=r"metadata of .*plate\.zarr are damaged"):
        segment_plate(plate, out, model=segmenter)
    assert not out.exists()


def test_a_second_run_to_one_plate_is_refused(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    out = tmp_path / "labels.zarr"
    refused: list[str] = []

    def again(result: FieldResult) -> None:
        with pytest.raises(RuntimeError) as raised:
            segment_plate(plate, out, model=segmenter)
        refused.append(str(raised.value))

    segment_plate(plate, out, model=segmenter, on_result=again)
    assert len(refused) == 4
    assert "labels.zarr is being written by process" in refused[0]
    assert not (tmp_path / "labels.zarr.lock").exists()
