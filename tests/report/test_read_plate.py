from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr
from ome_zarr.writer import write_image, write_plate_metadata, write_well_metadata

from napari_nuclei import segment_plate, write_report
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.report.read_plate import find_plate, read_plate_results


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """Return a plate of two wells of three; the second is empty."""
    image, _ = synthetic_nuclei((96, 128), count=7, seed=3)
    path = tmp_path / "plate.zarr"
    group = zarr.open_group(path, mode="w")
    write_plate_metadata(group, ["A", "B"], ["1", "2"], ["A/1", "B/2"], name="test")
    for well in ("A/1", "B/2"):
        inside = group.require_group(well)
        write_well_metadata(inside, ["0"])
        if well == "A/1":
            two = np.stack([image // 2, image])
            field = inside.require_group("0")
            write_image(two, field, axes="cyx", scale_factors=[2])
    return path


@pytest.mark.parametrize("into_image", [False, True])
def test_a_plate_is_reported(tmp_path: Path, plate: Path, into_image: bool) -> None:
    segmenter = load_segmenter()
    out = plate if into_image else tmp_path / "labels.zarr"
    (done, _) = segment_plate(
        plate,
        None if into_image else out,
        into_image=into_image,
        channel=1,
        model=segmenter,
        table=tmp_path / "labels_nuclei.parquet",
    )
    assert done.result is not None
    results = read_plate_results(out)
    first, failed = results.images
    assert (first.name, first.well, failed.well) == ("A/1/0", "A01", "B02")
    assert first.values["nuclei"] == done.result.nuclei > 3
    assert first.image == (plate / "A/1/0").resolve()
    assert first.values["median area"] > 20
    assert done.quality is not None and first.flags == done.flags
    assert first.values["focus"] == done.quality.focus
    assert failed.failed and failed.reason
    assert results.plate is not None and results.plate.columns == ("1", "2")
    if not into_image:
        assert results.record["model"]["card"]["name"] == "nuclei"
        assert results.record["settings"]["channel"] == 1
        assert results.table == tmp_path / "labels_nuclei.parquet"
        assert find_plate(tmp_path) is None  # there are two
        path = write_report(out)
        assert path == tmp_path / "labels_report.html"
        page = path.read_text(encoding="utf-8")
        assert page.count("data:image/webp") == 1
        assert "<h1>plate.zarr</h1>" in page
        assert "Median eccentricity" in page
