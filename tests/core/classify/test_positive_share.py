from __future__ import annotations

import pytest

from napari_nuclei.core.classify.positive_share import describe_share


@pytest.mark.parametrize(
    ("positive", "count", "text"),
    [
        (0, 10, "Positive 0.0 % (95 % 0.0 to 27.8), 0 of 10"),
        (10, 10, "Positive 100.0 % (95 % 72.2 to 100.0), 10 of 10"),
        (1, 1, "Positive 100.0 % (95 % 20.7 to 100.0), 1 of 1"),
    ],
)
def test_the_interval_lies_within_0_and_100_percent(positive, count, text) -> None:
    assert describe_share(positive, count) == text


def test_no_nuclei_have_no_share() -> None:
    assert describe_share(0, 0, "Ki67 index") == "Ki67 index: no nuclei"
