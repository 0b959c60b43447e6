from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from numpy.typing import NDArray

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.tables import read_table
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.files.file_settings import FileSettings
from napari_nuclei.scale.files.file_task import FileTask
from napari_nuclei.scale.files.run_plan import plan_run
from napari_nuclei.scale.records.manifest import read_manifest


@pytest.fixture
def plate(tmp_path: Path, image: NDArray[np.uint8], truth: NDArray[np.int32]) -> Path:
    """Write two wells of two channels; the second channel marks one nucleus."""
    folder = tmp_path / "plate"
    folder.mkdir()
    for well in ("B02", "C11"):
        tifffile.imwrite(folder / f"{well}_s1_w1.tif", image)
        marker = (truth == 1) * np.uint8(200) + np.uint8(20)
        tifffile.imwrite(folder / f"{well}_s1_w2.tif", marker)
    return folder


def test_a_plate_of_files_gives_wells_and_all_channels(
    plate: Path, tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    out = tmp_path / "out"
    (plate / "C11_s1_w2.tif").unlink()
    plans = []
    results = segment_files(
        plate,
        out,
        model=segmenter,
        channel="w1",
        formats=["labels", "csv"],
        on_plan=plans.append,
    )
    assert len(plans[0].items) == len(results) == 2
    assert results[1].reason == "C11_s1 has no file for channel 2"
    labels = read_image(out / "B02_s1_labels.tif").pixels
    assert labels.shape == image.shape
    alone = segment_files(
        plate / "B02_s1_w1.tif", tmp_path / "one", model=segmenter, formats=["csv"]
    )[0]
    expected = read_table(alone.written[0])
    table = read_table(out / "B02_s1_nuclei.csv")
    assert [*table.columns[:4]] == ["well", "row", "column", "field"]
    assert table[
        ["well", "row", "column", "field"]
    ].drop_duplicates().values.tolist() == [["B02", "B", 2, "1"]]
    pd.testing.assert_frame_equal(table[expected.columns], expected)
    means = table["w2_mean"].sort_values()
    assert means.iloc[-1] > 150 and (means.iloc[:-1] < 50).all()
    rows = read_manifest(out)
    assert [(row.well, row.row, row.column, row.field) for row in rows.values()] == [
        ("B02", "B", "2", "1"),
        ("C11", "C", "11", "1"),
    ]
    again = segment_files(
        plate, out, model=segmenter, channel="w1", formats=["labels", "csv"]
    )
    assert [result.already_done for result in again] == [True, False]
    assert again[0].position == results[0].position


def test_the_fingerprint_changes_with_every_file_of_an_image(
    plate: Path, segmenter: Segmenter
) -> None:
    plan = plan_run([plate], None, channel=0)
    task = FileTask(segmenter, settings=FileSettings(channel=plan.channel))
    first = task.fingerprint(plan.items[0])
    assert first == task.fingerprint(plan.items[0])
    assert first != task.fingerprint(replace(plan.items[0], image_set=None))
    other = plate / "B02_s1_w2.tif"
    other.write_bytes(other.read_bytes() + b"\0")
    assert first != task.fingerprint(plan.items[0])
