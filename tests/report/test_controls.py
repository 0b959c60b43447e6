from __future__ import annotations

from pathlib import Path

from napari_nuclei.report.controls import show_number, unit_of, z_prime_rows
from napari_nuclei.report.report_columns import describe_columns
from napari_nuclei.report.report_results import ReportImage, Results


def test_controls_are_compared_by_wells() -> None:
    images = [
        ReportImage("a", "a", well=well, condition=condition, values={"nuclei": value})
        for well, condition, value in (
            *(("A01", "p", 90.0), ("A01", "p", 110.0), ("A02", "p", 102.0)),
            *(("B01", "n", 10.0), ("B02", "n", 12.0), ("C01", "other", 7.0)),
        )
    ]
    columns = describe_columns(["nuclei"])
    (row,) = z_prime_rows(Results(Path(), images), columns, ("p", "n"))
    # Means 101 and 11, standard deviations of two wells each 1.414.
    assert row["value"] == "0.91"
    assert row["cells"] == ["101", "1.41", "2", "11", "1.41", "2"]
    assert (row["rating"], row["kind"]) == ("excellent assay", "good")
    assert z_prime_rows(Results(Path(), images), columns, ()) == []
    images[1].left_out = True
    (row,) = z_prime_rows(Results(Path(), images), columns, ("p", "n"))
    assert row["cells"][0] == "96"


def test_without_wells_images_are_compared() -> None:
    images = [
        ReportImage("a", "a", condition=name, values={"nuclei": value, "seconds": 1.0})
        for name, value in (("p", 9.0), ("p", 9.5), ("n", 1.0), ("n", 1.0))
    ]
    results = Results(Path(), images)
    assert unit_of(results) == "image"
    rows = z_prime_rows(results, describe_columns(["nuclei", "seconds"]), ("p", "n"))
    assert [row["label"] for row in rows] == ["Nuclei"]
    assert rows[0]["cells"] == ["9.25", "0.354", "2", "1", "0", "2"]
    assert show_number(float("nan"), False) == "-"
