"""Run the pages of docs/tutorials, and compare what they print with what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOLERANCE = 0.15
"""Difference of a number from the page's, as another model may find other nuclei."""

NUMBER = r"\d+(?:\.\d+)?"
SECONDS = r"\d+\.\d+ s\b"


@pytest.fixture
def blocks_of():
    """Return a function that lists the code blocks of a page in a language."""

    def blocks_of_(page: Path, language: str) -> list[str]:
        text = page.read_text(encoding="utf-8")
        return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)

    return blocks_of_


@pytest.fixture
def check_printed():
    """Return a function that compares two texts.

    They must have the same words, and numbers close to each other; seconds may differ.
    """

    def check(printed: str, shown: str) -> None:
        texts = [re.sub(SECONDS, "", text) for text in (printed, shown)]
        words = [" ".join(re.sub(NUMBER, "N", text).split()) for text in texts]
        assert words[0] == words[1]
        numbers = (map(float, re.findall(NUMBER, text)) for text in texts)
        for found, expected in zip(*numbers, strict=True):
            assert found == pytest.approx(expected, rel=TOLERANCE, abs=0.05), shown

    return check
