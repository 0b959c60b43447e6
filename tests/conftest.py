"""What every test starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")

Discs = Callable[
    [tuple[int, int], Iterable[tuple[float, float, float]]], NDArray[np.int32]
]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260701)


@pytest.fixture(autouse=True)
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the models of the user who runs it."""
    folder = tmp_path / "user-models"
    monkeypatch.setenv("NAPARI_NUCLEI_MODELS", str(folder))
    return folder


@pytest.fixture(scope="session")
def discs() -> Discs:
    """Return a function that draws labels from rows, columns and radii."""

    def draw(
        shape: tuple[int, int], places: Iterable[tuple[float, float, float]]
    ) -> NDArray[np.int32]:
        labels = np.zeros(shape, np.int32)
        for number, (row, column, radius) in enumerate(places, 1):
            centre = (round(column), round(row))
            cv2.circle(labels, centre, round(radius), number, cv2.FILLED)
        return labels

    return draw
