from __future__ import annotations

from napari_nuclei.report.report_columns import DENSITY_MM2, describe_columns, label_of


def test_counts_and_shares_come_first_and_seconds_last() -> None:
    names = ["seconds", "contrast", "median area_um2", "share positive", DENSITY_MM2]
    columns = describe_columns([*names, "nuclei", "saturated_share"])
    assert [column.name for column in columns] == [
        "nuclei",
        DENSITY_MM2,
        "share positive",
        "median area_um2",
        "contrast",
        "saturated_share",
        "seconds",
    ]
    assert [c.name for c in columns if c.percent] == [
        "share positive",
        "saturated_share",
    ]


def test_a_label_states_the_unit() -> None:
    assert label_of("median volume_um3") == "Median volume (µm³)"
    assert label_of("median perimeter_um") == "Median perimeter (µm)"
    assert label_of("seconds") == "Time (s)"
