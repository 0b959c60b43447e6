from __future__ import annotations

from pathlib import Path

from napari_nuclei.report.report_columns import DENSITY_MM2
from napari_nuclei.report.report_results import FAILED, ReportImage, Results
from napari_nuclei.report.report_summary import count_phrase, show_count, summarize


def test_the_summary_counts_images_nuclei_flags_and_failures() -> None:
    images = [
        ReportImage("a", "a", well="A01", values={"nuclei": 10.0, DENSITY_MM2: 50.0}),
        ReportImage("b", "b", flags=("empty", "x", "y", "z"), values={"nuclei": 0.0}),
        ReportImage("c", "c", FAILED),
    ]
    tiles = {tile.name: tile for tile in summarize(Results(Path("out"), images))}
    assert (tiles["Images"].value, tiles["Images"].detail) == ("3", "in 1 well")
    assert tiles["Nuclei"].value == "10"
    assert tiles["Median per image"].value == "5"
    assert tiles["Median density"].value == "50"
    assert tiles["Flagged"].detail == "1 empty, 1 x, 1 y, ..."
    assert (tiles["Failed"].value, tiles["Failed"].kind) == ("1", "bad")


def test_large_numbers_have_thin_spaces() -> None:
    assert show_count(1234567.8) == "1\u2009234\u2009568"
    assert count_phrase({"nuclei": 1200.0}) == "1\u2009200 nuclei"
    assert count_phrase({}) == ""
