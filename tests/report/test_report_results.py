from __future__ import annotations

from pathlib import Path

from napari_nuclei.report.report_results import FAILED, ReportImage, Results, mean_by


def test_failed_images_are_in_no_figure() -> None:
    images = [
        ReportImage("a", "a", flags=("empty",), values={"nuclei": 0.0}),
        ReportImage("b", "b", flags=("empty", "saturated"), values={"area": 1.0}),
        ReportImage("c", "c", FAILED, flags=("saturated",)),
    ]
    results = Results(Path("out"), images)
    assert [image.file for image in results.done] == ["a", "b"]
    assert results.flagged == images[:2]
    assert results.count_flags() == {"empty": 2, "saturated": 1}
    assert results.column_names() == ["nuclei", "area"]


def test_the_value_of_a_well_is_the_mean_of_its_images() -> None:
    images = [
        ReportImage("a", "a", well="A01", values={"nuclei": 2.0}),
        ReportImage("b", "b", well="A01", values={"nuclei": 4.0}),
        ReportImage("c", "c", well="A02"),
        ReportImage("d", "d", values={"nuclei": 9.0}),
    ]
    assert mean_by(images, "well", "nuclei") == {"A01": 3.0}
