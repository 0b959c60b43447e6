from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.report.left_out import leave_out_flagged
from napari_nuclei.report.report_results import ReportImage, Results


@pytest.mark.parametrize(
    ("flags", "left_out", "words"),
    [
        ([], [], ""),
        (["any"], ["b", "c"], "2 of 3 images have a flag and"),
        (["empty"], ["b"], "1 of 3 images have the flag empty and"),
        (["saturated", "low contrast"], ["c"], "the flag saturated or low contrast"),
    ],
)
def test_images_of_a_flag_are_left_out(
    flags: list[str], left_out: list[str], words: str
) -> None:
    images = [
        ReportImage("a", "a"),
        ReportImage("b", "b", flags=("empty",)),
        ReportImage("c", "c", flags=("out of focus", "saturated")),
        ReportImage("d", "d", status="failed", flags=("empty",)),
    ]
    results = Results(Path(), images)
    leave_out_flagged(results, flags)
    assert [image.name for image in images if image.left_out] == left_out
    assert words in "".join(results.remarks)


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no flag blurry\. Leave out one of any,"):
        leave_out_flagged(Results(Path(), []), ["blurry"])
