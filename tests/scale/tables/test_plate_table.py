from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import zarr
from numpy.typing import NDArray
from ome_zarr.writer import write_image, write_plate_metadata, write_well_metadata

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.ome.image_labels import labels_path
from napari_nuclei.io.tables import read_table, write_table
from napari_nuclei.scale.plates import segment_plate
from napari_nuclei.scale.tables.plate_table import PlateTable, position_of_field

WELLS = ("B/2", "C/11")


@pytest.fixture
def hcs(tmp_path: Path, image: NDArray[np.uint8]) -> Path:
    """Return a plate of two wells of one field."""
    group = zarr.open_group(tmp_path / "plate.zarr", mode="w")
    write_plate_metadata(group, ["B", "C"], ["2", "11"], list(WELLS))
    for well in WELLS:
        inside = group.require_group(well)
        write_well_metadata(inside, ["0"])
        field = inside.require_group("0")
        write_image(image, field, axes="yx", scale_factors=[2])
    return tmp_path / "plate.zarr"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_one_table_holds_the_nuclei_of_all_fields(
    tmp_path: Path, hcs: Path, segmenter: Segmenter, suffix: str
) -> None:
    path = tmp_path / "out" / f"plate_nuclei{suffix}"
    segment_plate(hcs, into_image=True, table=path, model=segmenter)
    table = read_table(path).reset_index()
    assert table["file"].unique().tolist() == [str(hcs / well / "0") for well in WELLS]
    position = table[["well", "row", "column", "field"]].drop_duplicates()
    assert position.to_numpy().tolist() == [["B02", "B", 2, "0"], ["C11", "C", 11, "0"]]
    assert table["label"].tolist() == [1, 2, 3] * 2
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    # All is done: the table stays as it is.
    before = path.read_bytes()
    segment_plate(hcs, into_image=True, table=path, model=segmenter)
    assert path.read_bytes() == before


def test_the_table_measures_the_other_channels(
    tmp_path: Path, image: NDArray[np.uint8], segmenter: Segmenter
) -> None:
    group = zarr.open_group(tmp_path / "plate.zarr", mode="w")
    write_plate_metadata(group, ["B"], ["2"], ["B/2"])
    inside = group.require_group("B/2")
    write_well_metadata(inside, ["0"])
    channels = np.stack([image // 4, image])
    field = inside.require_group("0")
    write_image(channels, field, axes="cyx", scale_factors=[2])
    path = tmp_path / "plate_nuclei.csv"
    segment_plate(
        tmp_path / "plate.zarr",
        into_image=True,
        table=path,
        model=segmenter,
        channel=1,
    )
    table = read_table(path)
    assert len(table) == 3
    ratio = table["intensity_mean"] / table["channel_0_mean"]
    assert ratio.to_numpy() == pytest.approx(4, rel=0.05)


def test_a_run_that_was_stopped_continues_the_table(
    tmp_path: Path, hcs: Path, segmenter: Segmenter
) -> None:
    path = tmp_path / "plate_nuclei.csv"

    def stop(result: object) -> None:
        raise KeyboardInterrupt

    arguments = {"into_image": True, "table": path, "model": segmenter}
    with pytest.raises(KeyboardInterrupt):
        segment_plate(hcs, **arguments, on_result=stop)
    assert not path.exists()
    results = segment_plate(hcs, **arguments)
    assert [result.result is None for result in results] == [True, False]
    assert read_table(path).groupby("well").size().to_dict() == {"B02": 3, "C11": 3}
    # A field whose labels were removed is segmented again; the rest is kept.
    shutil.rmtree(labels_path(hcs / "C/11/0", "nuclei"))
    segment_plate(hcs, **arguments)
    assert read_table(path).groupby("well").size().to_dict() == {"B02": 3, "C11": 3}


def test_fields_that_were_done_without_a_table_are_named(
    tmp_path: Path, hcs: Path, segmenter: Segmenter
) -> None:
    segment_plate(hcs, into_image=True, model=segmenter)
    path = tmp_path / "plate_nuclei.csv"
    with pytest.warns(ImageWarning, match=r"lacks 2 fields .* LABELS, first B/2/0"):
        segment_plate(hcs, into_image=True, model=segmenter, table=path)
    assert not path.exists()


def test_a_table_of_something_else_is_not_replaced(tmp_path: Path, hcs: Path) -> None:
    path = tmp_path / "plate_nuclei.csv"
    write_table(pd.DataFrame({"area": [1.0]}, pd.Index([1], name="label")), path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="is not a table of a run"):
        PlateTable(path, hcs)
    with pytest.raises(ValueError, match="must end in"):
        PlateTable(tmp_path / "a.txt", hcs)
    assert path.read_bytes() == before


def test_rows_and_columns_of_other_names_are_kept() -> None:
    assert position_of_field("upper/left/3") == {
        "well": "upperleft",
        "row": "upper",
        "column": "left",
        "field": "3",
    }
